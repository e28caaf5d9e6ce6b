/* SPDX-License-Identifier: Apache-2.0 */
/* Values that cross the border between host and plugin. C11, no allocation, no exception, no C++ type.
 *
 * Ownership: every pointer in a struct is borrowed for the duration of the call it is passed to, unless its
 * comment says otherwise. Text is UTF-8 and is not terminated by NUL.
 * Growth: a struct that begins with `struct_size` may gain members at its end; read a member only if
 * struct_size covers it. The other structs never change.
 * Threads: each function carries a tag. [main] one thread, the same for all calls on one plugin instance;
 * [any] any thread, also several at once. */
#ifndef PRINTROUTER_ABI_BASE_H
#define PRINTROUTER_ABI_BASE_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The draft of the contract that these headers describe; raised with every change until it freezes. */
#define PR_ABI_VERSION 1u

typedef struct pr_str {
  const char* data;
  size_t size;
} pr_str;

typedef struct pr_bytes {
  const uint8_t* data;
  size_t size;
} pr_bytes;

/* What a function answers. Negative: the call failed, the reason went to the log service. */
typedef int32_t pr_status;
enum { PR_OK = 0, PR_ERROR = -1, PR_UNSUPPORTED = -2, PR_INVALID = -3, PR_NO_MEMORY = -4 };

/* A yes-or-no fact that may also be not known. Unknown is 0, so a fact nobody set is unknown. */
typedef uint32_t pr_tristate;
enum { PR_UNKNOWN = 0, PR_NO = 1, PR_YES = 2 };

/* One value of a named attribute (names and value kinds: IPP, RFC 8011 section 5.1). An attribute of several
 * values is several consecutive entries of one name and group. `group` tells apart the objects of one list
 * (the jobs of a Get-Jobs reply): 0 for the first, 1 for the second. This struct never changes. */
typedef struct pr_attr {
  pr_str name;
  uint32_t kind; /* PR_ATTR_* */
  uint32_t group;
  int64_t integer; /* INTEGER, ENUM, BOOLEAN (0, 1), RANGE lower bound, RESOLUTION x in dpi, DATETIME unix seconds */
  int64_t upper;   /* RANGE upper bound, RESOLUTION y in dpi */
  pr_str text;     /* TEXT, KEYWORD, URI, MIME, BYTES */
} pr_attr;
enum {
  PR_ATTR_INTEGER = 1,
  PR_ATTR_BOOLEAN,
  PR_ATTR_ENUM,
  PR_ATTR_TEXT, /* text or name without language */
  PR_ATTR_KEYWORD,
  PR_ATTR_URI,
  PR_ATTR_MIME,
  PR_ATTR_RANGE,
  PR_ATTR_RESOLUTION,
  PR_ATTR_DATETIME,
  PR_ATTR_BYTES,
  PR_ATTR_NO_VALUE
};

typedef struct pr_attrs {
  const pr_attr* items;
  size_t count;
} pr_attrs;

#ifdef __cplusplus
}
#endif
#endif
