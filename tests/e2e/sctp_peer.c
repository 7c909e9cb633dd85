/* SPDX-License-Identifier: BSD-3-Clause */
/* Copyright (c) 2026 The HVS Authors */
/*
 * An SCTP pair over usrsctp, a stack in userspace on raw sockets, for kernels without SCTP.
 *   sctp_peer server PORT NAME ADDRESS...      answers "who" with NAME, everything else with itself
 *   sctp_peer client PORT ADDRESS FROM SIZE... asks "who", then has a message of each size echoed; prints the
 * name One address each: an association has no other path than the one that it was begun on.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <usrsctp.h>

#define MAX_MESSAGE 65536

static const char* server_name;

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static socklen_t parse(const char* text, const char* port, struct sockaddr_storage* out) {
  struct sockaddr_in* v4 = (struct sockaddr_in*)out;
  struct sockaddr_in6* v6 = (struct sockaddr_in6*)out;

  memset(out, 0, sizeof(*out));
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(atoi(port));
    return sizeof(*v4);
  }
  if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) exit(2);
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(atoi(port));
  return sizeof(*v6);
}

/* One message, whole; 0 at the end. */
static size_t receive(struct socket* sock, char* buffer) {
  size_t got = 0;

  for (;;) {
    struct sctp_rcvinfo info;
    socklen_t from_size = 0, info_size = sizeof(info);
    unsigned int type = 0;
    int flags = 0;
    ssize_t size = usrsctp_recvv(sock, buffer + got, MAX_MESSAGE - got, NULL, &from_size, &info, &info_size,
                                 &type, &flags);

    if (size <= 0) return 0;
    if (flags & MSG_NOTIFICATION) continue;
    got += size;
    if (flags & MSG_EOR) return got;
  }
}

static int transmit(struct socket* sock, const char* buffer, size_t size) {
  return usrsctp_sendv(sock, buffer, size, NULL, 0, NULL, 0, SCTP_SENDV_NOINFO, 0) == (ssize_t)size ? 0 : -1;
}

static void* serve(void* argument) {
  struct socket* sock = argument;
  char* buffer = malloc(MAX_MESSAGE);
  size_t size;

  while ((size = receive(sock, buffer)) > 0) {
    int asked = size == 3 && memcmp(buffer, "who", 3) == 0;

    if (transmit(sock, asked ? server_name : buffer, asked ? strlen(server_name) : size) < 0) break;
  }
  usrsctp_close(sock);
  free(buffer);
  return NULL;
}

/* Accepts what comes to one address. */
static void* listen_at(void* argument) {
  struct socket* sock = argument;

  for (;;) {
    struct socket* client = usrsctp_accept(sock, NULL, NULL);
    pthread_t thread;

    if (!client || pthread_create(&thread, NULL, serve, client) != 0) fail("accept");
    pthread_detach(thread);
  }
  return NULL;
}

static void run_server(const char* port, char** addresses) {
  pthread_t thread;

  for (; *addresses; addresses++) {
    struct sockaddr_storage address;
    socklen_t size = parse(*addresses, port, &address);
    struct socket* sock = usrsctp_socket(address.ss_family, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);

    if (!sock || usrsctp_bind(sock, (struct sockaddr*)&address, size) < 0 || usrsctp_listen(sock, 64) < 0 ||
        pthread_create(&thread, NULL, listen_at, sock) != 0)
      fail("server");
  }
  puts("ready");
  fflush(stdout);
  pthread_join(thread, NULL);
}

static void run_client(const char* local, const struct sockaddr_storage* address, socklen_t size,
                       char** sizes) {
  struct socket* sock = usrsctp_socket(address->ss_family, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
  struct sockaddr_storage from;
  socklen_t from_size = parse(local, "0", &from);
  char *sent = malloc(MAX_MESSAGE), *got = malloc(MAX_MESSAGE);
  size_t bytes, i;

  if (!sock || usrsctp_bind(sock, (struct sockaddr*)&from, from_size) < 0) fail("bind");
  if (usrsctp_connect(sock, (struct sockaddr*)address, size) < 0) fail("connect");
  if (transmit(sock, "who", 3) < 0 || (bytes = receive(sock, got)) == 0) fail("who");
  printf("%.*s\n", (int)bytes, got);
  for (; *sizes; sizes++) {
    size_t want = strtoul(*sizes, NULL, 10);

    for (i = 0; i < want; i++) sent[i] = (char)(i * 7 + want);
    if (transmit(sock, sent, want) < 0) fail("send");
    bytes = receive(sock, got);
    if (bytes != want || memcmp(sent, got, want) != 0) {
      fprintf(stderr, "%zu bytes sent, %zu came back\n", want, bytes);
      exit(1);
    }
  }
  usrsctp_close(sock);
  for (i = 0; i < 100 && usrsctp_finish() != 0; i++) usleep(20000); /* SHUTDOWN and its answer */
}

int main(int argc, char** argv) {
  struct sockaddr_storage address;
  socklen_t size;

  if (argc < 5) return 2;
  usrsctp_init(0, NULL, NULL);
  if (strcmp(argv[1], "server") == 0) {
    server_name = argv[3];
    run_server(argv[2], argv + 4);
  } else {
    size = parse(argv[3], argv[2], &address);
    run_client(argv[4], &address, size, argv + 5);
  }
  return 0;
}
