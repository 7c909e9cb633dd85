// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 The HVS Authors
#pragma once

#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

// Which of a bucket's 8 tags are the one sought, bit by bit: in two ways with the same answer, of which the
// second serves CPUs without these instructions and proves the first.
namespace hvs {

inline constexpr unsigned kTagsPerBucket = 8;

inline unsigned match_tags_portable(const std::uint16_t* tags, std::uint16_t tag) {
  unsigned bits = 0;
  for (unsigned i = 0; i < kTagsPerBucket; ++i) bits |= static_cast<unsigned>(tags[i] == tag) << i;
  return bits;
}

#ifdef __SSE2__
inline constexpr bool kHasVectorTags = true;
/// `tags` is aligned to 16 bytes.
inline unsigned match_tags_vector(const std::uint16_t* tags, std::uint16_t tag) {
  const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(tags));
  const __m128i equal = _mm_cmpeq_epi16(all, _mm_set1_epi16(static_cast<short>(tag)));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128())));
}
#else
inline constexpr bool kHasVectorTags = false;
inline unsigned match_tags_vector(const std::uint16_t* tags, std::uint16_t tag) {
  return match_tags_portable(tags, tag);
}
#endif

}  // namespace hvs
