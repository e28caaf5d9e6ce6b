/* SPDX-License-Identifier: Apache-2.0 */
/* printrouter.server: the connection to a management server, as request/reply sessions on the step table. */
#ifndef PRINTROUTER_ABI_SERVER_H
#define PRINTROUTER_ABI_SERVER_H
#include "action.h"
#include "plugin.h"
#include "protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PR_SERVER_ID "printrouter.server/draft-1"

enum { /* pr_server_request.operation */
  PR_SERVER_PROBE = 1, /* can it take jobs? */
  PR_SERVER_DELIVER,   /* the document, as PR_SEND_PRINT */
  PR_SERVER_QUERY,     /* what became of a job, as PR_SEND_QUERY */
  PR_SERVER_VOID,      /* take back the server's copy of job_uuid */
  PR_SERVER_SNAPSHOT,  /* what a desktop needs to decide alone: profile, devices, prices, its users */
  PR_SERVER_REPORT,    /* a batch of ledger entries */
  PR_SERVER_ENROL,     /* become known at the server; the host keeps the key it gives as secret "server-key" */
  PR_SERVER_READINESS, /* what the check of the fallback devices found, JSON in `body` */
  PR_SERVER_WATCH      /* hear of changes as long as the connection holds; no body, no attributes */
};

/* pr_action.op of PR_ACTION_REQUEST in a WATCH, and in no other session that connects: something that SNAPSHOT would
 * answer has changed, or may have while nobody watched -> REPLY. The host asks for the snapshot in its own time. The
 * first one says that the watch is in place. Several changes may be said as one. */
enum { PR_OP_CHANGED = 64 };

/* SNAPSHOT to READINESS are for servers that say can_report. What goes with them, in pr_server_request.attributes and in
 * pr_outcome.attributes (DELIVERED), as docs/openapi/server.yaml describes the values:
 *   SNAPSHOT   in: "users" TEXT, one a name; "if-none-match" TEXT. Out: "body" BYTES, "etag" TEXT; or the reason
 *              "not-modified" and no body.
 *   REPORT     in: "ledger" TEXT (its id); `body` = entries as JSON objects, one a line, ascending by "seq"; none
 *              only asks what the server has. Out: "body" BYTES = {"acknowledged", "rejected"}; no body: the
 *              whole batch is safe. REJECTED: the server refuses this batch, and would refuse it again.
 *   ENROL      in: "token", "host-name", "ledger", "version" TEXT. Out: "body" BYTES = {"desktop", "key"}.
 * WATCH lasts until the peer ends it or is silent for longer than it should be: NOT_SENT, and the host comes again
 * after a pause. A server that cannot tell of changes by itself leaves it out: open answers PR_UNSUPPORTED.
 * AUTH_REQUIRED says that the host's key is missing or no longer good. */

typedef struct pr_server_request {
  uint32_t struct_size;
  uint32_t operation;
  pr_attrs target;             /* the administrator's "server" object: protocol, host, port, queue, tls, ... */
  const pr_send_request* send; /* DELIVER, QUERY, VOID: the job; host, port and queue are filled in by the plugin */
  pr_bytes body;               /* REPORT, READINESS */
  pr_attrs attributes;
} pr_server_request;

typedef struct pr_server_facts {
  uint32_t struct_size;
  uint32_t holds_on_arrival;   /* 1: jobs wait there until released; 0 (default): they print */
  uint32_t truncated_discards; /* 1: a job that breaks off is discarded whole */
  uint32_t unknown_length;     /* 1: takes documents whose length is not known yet */
  uint32_t can_void;
  uint32_t can_report;         /* 1: has SNAPSHOT, REPORT, ENROL and READINESS */
} pr_server_facts;

typedef struct pr_server {
  uint32_t struct_size;
  uint32_t reserved;
  const char* name; /* "queue" */
  pr_session_table session;
  /* Checks the administrator's target and says what is known about it. On PR_INVALID `error` (capacity bytes,
   * *error_size set) names the field and what was expected. [main] */
  pr_status (*check)(pr_plugin* plugin, const pr_attrs* target, pr_server_facts* out, char* error, size_t capacity,
                     size_t* error_size);
  /* Opens a session. Its first action may be DELEGATE: the host then runs the named protocol's own session. [main] */
  pr_status (*open)(pr_plugin* plugin, const pr_server_request* request, pr_session** out);
} pr_server;

#ifdef __cplusplus
}
#endif
#endif
