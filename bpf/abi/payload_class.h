/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a direction's first payload is, as far as the kernel has to know it to act on it: one number, so that a rule
 * is one comparison. User space's decoders (src/decode) say more, and later.
 *
 * A class is appended, never renumbered: pinned maps hold the numbers.
 */
#ifndef VEDETTE_ABI_PAYLOAD_CLASS_H
#define VEDETTE_ABI_PAYLOAD_CLASS_H

#include "abi/types.h"

/* X(enumerator, application, what of it). Of TLS the highest version that a ClientHello offers, of SSH the one that
 * a banner tells, of HTTP the request's method. */
#define VDT_PAYLOAD_CLASS_LIST(X)                                                                                  \
	X(UNKNOWN, "", "")                                                                                         \
	X(TLS_UNSEEN, "tls", "") /* cut off before the extension that would tell TLS 1.3 */                        \
	X(SSL_2, "tls", "SSL 2.0")                                                                                 \
	X(SSL_3, "tls", "SSL 3.0")                                                                                 \
	X(TLS_1_0, "tls", "1.0")                                                                                   \
	X(TLS_1_1, "tls", "1.1")                                                                                   \
	X(TLS_1_2, "tls", "1.2")                                                                                   \
	X(TLS_1_3, "tls", "1.3") /* its drafts too */                                                              \
	X(SSH_1, "ssh", "1.x")                                                                                     \
	X(SSH_1_99, "ssh", "1.99") /* either, RFC 4253 §5.1 */                                                    \
	X(SSH_2, "ssh", "2.0")                                                                                     \
	X(HTTP_GET, "http", "GET")                                                                                 \
	X(HTTP_HEAD, "http", "HEAD")                                                                               \
	X(HTTP_POST, "http", "POST")                                                                               \
	X(HTTP_PUT, "http", "PUT")                                                                                 \
	X(HTTP_DELETE, "http", "DELETE")                                                                           \
	X(HTTP_CONNECT, "http", "CONNECT")                                                                         \
	X(HTTP_OPTIONS, "http", "OPTIONS")                                                                         \
	X(HTTP_TRACE, "http", "TRACE")                                                                             \
	X(HTTP_PATCH, "http", "PATCH")                                                                             \
	X(HTTP_2, "http", "PRI") /* HTTP/2 with prior knowledge, RFC 9113 §3.4 */                                 \
	X(SMB_1, "smb", "1.0")	 /* offers no other, or speaks it already */                                       \
	X(SMB_1_OR_2, "smb", "1.0 or 2")                                                                           \
	X(SMB_2, "smb", "2.x")

#define VDT_AS_PAYLOAD_CLASS(enumerator, application, text) VDT_PAYLOAD_##enumerator,
enum vdt_payload_class { VDT_PAYLOAD_CLASS_LIST(VDT_AS_PAYLOAD_CLASS) VDT_PAYLOAD_CLASS_COUNT };

VDT_STATIC_ASSERT(VDT_PAYLOAD_CLASS_COUNT <= 256, "a record keeps a class in one byte");

#endif
