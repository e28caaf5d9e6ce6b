/* SPDX-License-Identifier: Apache-2.0 */
/* The step table: how a plugin speaks a protocol without doing I/O.
 *
 * The host calls step(event); the session answers with one action; the host carries it out and calls step with
 * what came of it. The host owns sockets, TLS and trust, deadlines and cancellation, and counts document bytes
 * itself. Memory that an action points to belongs to the session and stays valid until its next step.
 *
 * Reading is independent of writing: an action with read_max > 0 lets PR_EVENT_BYTES or PR_EVENT_EOF arrive
 * while it is under way. The answer PR_ACTION_CONTINUE lets it go on; any other action ends it where it is.
 * PR_EVENT_BYTES shows everything that was received and not yet consumed; `consumed` in the next action says
 * how much of that the session has used up. The rest is shown again together with what comes later, and a
 * PR_ACTION_RECEIVE_PAYLOAD starts with it. A READ that answers BYTES waits for more than was shown; any other
 * READ answers at once if there are bytes not yet consumed. After the peer's end every READ answers
 * PR_EVENT_EOF. An end before a counted PR_ACTION_RECEIVE_PAYLOAD is full comes as PR_EVENT_EOF with `count` =
 * bytes taken; for PR_LENGTH_TO_END it is the regular PR_EVENT_PAYLOAD_RECEIVED. A READ or DRAIN that runs out
 * of time (PR_EVENT_IO_ERROR, PR_IO_TIMEOUT) leaves the connection usable.
 *
 * Reading is on the action's own connection. Beside an action other than READ only bytes that were not shown yet
 * raise an event. If a write breaks while read_max > 0, what the peer had said before is shown first (CONTINUE then
 * brings the IO_ERROR). A time limit counts from the last progress of the action itself (bytes taken by the kernel,
 * acknowledged, arrived), else from its start; waiting for a document that still arrives does not count. */
#ifndef PRINTROUTER_ABI_ACTION_H
#define PRINTROUTER_ABI_ACTION_H
#include "base.h"
#include "outcome.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PR_LENGTH_TO_END UINT64_MAX /* a length not known beforehand: until the document, or the peer, ends */

enum { /* pr_event.kind */
  PR_EVENT_START = 1,        /* first step of a session; a receiver's connection 0 is open already */
  PR_EVENT_CONNECTED,        /* CONNECT succeeded */
  PR_EVENT_TLS_STARTED,      /* START_TLS succeeded */
  PR_EVENT_WRITTEN,          /* WRITE or SHUTDOWN_WRITE has been handed to the kernel whole */
  PR_EVENT_BYTES,            /* `bytes` received */
  PR_EVENT_EOF,              /* the peer shut its write side in order; `bytes` holds what is not consumed */
  PR_EVENT_PAYLOAD_SENT,     /* SEND_PAYLOAD went out whole; `count` = document bytes before framing and coding */
  PR_EVENT_PAYLOAD_RECEIVED, /* RECEIVE_PAYLOAD complete; `count` = bytes taken from the connection */
  PR_EVENT_DRAINED,          /* everything written has been acknowledged by the peer's TCP (SIOCOUTQ = 0) */
  PR_EVENT_TIMER,            /* WAIT is over */
  PR_EVENT_CANCEL,           /* the host wants the session to end; answer within one step */
  PR_EVENT_IO_ERROR,         /* the running action failed: `error` is PR_IO_*, `text` says more (for the log) */
  PR_EVENT_REPLY,            /* receiver: answer to REQUEST in `attributes` */
  PR_EVENT_COMMITTED,        /* receiver: the job is safe on disk; `count` = job-id */
  PR_EVENT_REFUSED           /* receiver: the host says no; `error` is PR_REFUSED_*, `text` why, for the user */
};

enum { /* pr_event.error of PR_EVENT_IO_ERROR */
  PR_IO_REFUSED = 1,     /* connection refused, unreachable, name not found */
  PR_IO_TIMEOUT,         /* answer_timeout or progress_timeout passed */
  PR_IO_RESET,           /* connection reset or broken */
  PR_IO_TLS,             /* handshake or certificate failed */
  PR_IO_PAYLOAD,         /* the document could not be read, or (cut-through) its submitter broke off */
  PR_IO_DECODE,          /* payload coding damaged, or its expansion passed the limit */
  PR_IO_DISK             /* the document could not be stored */
};

typedef struct pr_event {
  uint32_t struct_size;
  uint32_t kind;
  uint32_t connection;
  uint32_t error;
  pr_bytes bytes;
  uint64_t count;
  pr_attrs attributes;
  pr_str text;
} pr_event;

typedef struct pr_segment {
  uint32_t kind; /* PR_SEGMENT_LITERAL, PR_SEGMENT_DOCUMENT */
  uint32_t reserved;
  pr_bytes literal;
  uint64_t offset; /* into the document as the host presents it (vendor edits already applied) */
  uint64_t length; /* PR_LENGTH_TO_END allowed */
} pr_segment;
enum { PR_SEGMENT_LITERAL = 1, PR_SEGMENT_DOCUMENT };
enum { PR_FRAMING_NONE = 0, PR_FRAMING_HTTP_CHUNKED /* with the last chunk, without trailers */ };
enum { PR_CODING_NONE = 0, PR_CODING_GZIP, PR_CODING_DEFLATE };

enum { /* pr_action.kind */
  PR_ACTION_CONNECT = 1,     /* target, port -> CONNECTED */
  PR_ACTION_START_TLS,       /* target = server name, text = ALPN (empty: none) -> TLS_STARTED */
  PR_ACTION_WRITE,           /* bytes -> WRITTEN */
  PR_ACTION_SEND_PAYLOAD,    /* segments, framing, coding, count = length of all segments -> PAYLOAD_SENT */
  PR_ACTION_SHUTDOWN_WRITE,  /* FIN (after TLS: close_notify) -> WRITTEN */
  PR_ACTION_DRAIN,           /* -> DRAINED; reading goes on meanwhile */
  PR_ACTION_READ,            /* -> BYTES or EOF */
  PR_ACTION_WAIT,            /* timeout_ms -> TIMER */
  PR_ACTION_CLOSE,           /* close `connection`; the next step gets PR_EVENT_WRITTEN */
  PR_ACTION_CONTINUE,        /* let the running action go on; only after BYTES or EOF that came during it */
  PR_ACTION_REQUEST,         /* receiver, WATCH of a server: op, attributes -> REPLY, COMMITTED or REFUSED */
  PR_ACTION_RECEIVE_PAYLOAD, /* receiver: count bytes (or PR_LENGTH_TO_END), coding -> PAYLOAD_RECEIVED; or REFUSED
                                (PR_REFUSED_TOO_LARGE, PR_REFUSED_BUSY: disk full): the rest is not read */
  PR_ACTION_DELEGATE,        /* server interface, first action only: run protocol `text` against target, port, queue;
                                attribute "tls" INTEGER as pr_send_request.tls (absent: as it stands there) */
  PR_ACTION_DONE             /* the session is over; sender: outcome; all connections are closed */
};
enum { PR_DONE_ABORT = 1u /* reset connections: the end marker must not reach the peer */,
       PR_DONE_KEEP_INCOMPLETE = 2u /* receiver: keep what arrived of an uncommitted job aside, as incomplete */ };

typedef struct pr_action {
  uint32_t struct_size;
  uint32_t kind;
  uint32_t connection; /* 0..3 */
  uint32_t read_max;   /* bytes the session can look at now; 0: do not read meanwhile */
  uint64_t consumed;   /* of the bytes shown by the event that this action answers */
  uint32_t timeout_ms; /* 0: the host's rule (answer_timeout before the first document byte, then progress_timeout) */
  uint32_t flags;      /* PR_DONE_* */
  pr_str target;
  uint32_t port;
  uint32_t op; /* PR_OP_* */
  pr_bytes bytes;
  const pr_segment* segments;
  size_t segment_count;
  uint32_t framing;
  uint32_t coding;
  uint64_t count;
  pr_attrs attributes;
  pr_str text;
  pr_str queue;
  pr_outcome outcome;
} pr_action;

/* One conversation. The host calls step until the action is DONE (or DELEGATE), then close. A CANCEL that was
 * already on its way may follow DONE; it is answered with DONE again. [main] */
typedef struct pr_session pr_session;
typedef struct pr_session_table {
  uint32_t struct_size;
  uint32_t reserved;
  pr_status (*step)(pr_session* session, const pr_event* event, pr_action* action);
  void (*close)(pr_session* session);
} pr_session_table;

#ifdef __cplusplus
}
#endif
#endif
