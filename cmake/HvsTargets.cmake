# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The HVS Authors

# Flags shared by every target of the project.
add_library(hvs_flags INTERFACE)
target_include_directories(hvs_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/userspace)
target_compile_options(hvs_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Wswitch -Werror=switch -Werror=return-type>
  -fno-strict-aliasing)
if(HVS_MARCH)
  target_compile_options(hvs_flags INTERFACE -march=${HVS_MARCH})
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
  # DPDK's headers need SSE4.2; x86-64-v2 is that and runs on every server since 2009.
  target_compile_options(hvs_flags INTERFACE -march=x86-64-v2)
endif()
if(HVS_SANITIZE)
  target_compile_options(hvs_flags INTERFACE -fsanitize=${HVS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(hvs_flags INTERFACE -fsanitize=${HVS_SANITIZE})
endif()

if(HVS_FUZZ)
  target_compile_options(hvs_flags INTERFACE -fsanitize=fuzzer-no-link)  # coverage, in every library
endif()

# hvs_library(NAME SOURCES a.cc ... DEPS hvs_x ...): one static library per directory, or an
# interface library when the directory holds headers only.
function(hvs_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC hvs_flags ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE hvs_flags ${ARG_DEPS})
  endif()
endfunction()

# System libraries, found once; headers are SYSTEM so that our warnings stay ours.
find_package(PkgConfig REQUIRED)
function(hvs_pkg target module)
  pkg_check_modules(${target} REQUIRED IMPORTED_TARGET GLOBAL ${module})
  get_target_property(dirs PkgConfig::${target} INTERFACE_INCLUDE_DIRECTORIES)
  if(dirs)
    set_target_properties(PkgConfig::${target} PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${dirs}")
  endif()
endfunction()
