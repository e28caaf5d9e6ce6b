/* SPDX-License-Identifier: Apache-2.0 */
/* printrouter.protocol: a sender. One session does one operation against one port. */
#ifndef PRINTROUTER_ABI_PROTOCOL_H
#define PRINTROUTER_ABI_PROTOCOL_H
#include "action.h"
#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PR_PROTOCOL_ID "printrouter.protocol/draft-1"

enum { /* pr_send_request.operation */
  PR_SEND_PRINT = 1, /* deliver the document */
  PR_SEND_PROBE,     /* can the target take jobs? Nothing may be printed. Outcome DELIVERED = yes */
  PR_SEND_QUERY,     /* what became of remote_job_id, or (if empty) of the job with this uuid or name? The answer
                        is DELIVERED with attributes job-state, job-impressions-completed; NOT_SENT with reason
                        "job-not-found" if the target keeps a list and the job is not in it; REJECTED with
                        "query-unsupported" if the target cannot say */
  PR_SEND_CANCEL,    /* cancel remote_job_id at the target */
  PR_SEND_VALIDATE   /* would this ticket be accepted? (IPP Validate-Job) */
};

typedef struct pr_send_request {
  uint32_t struct_size;
  uint32_t operation;
  pr_str host;   /* name or address */
  uint32_t port; /* 1..65535 */
  uint32_t tls;  /* 0 no, 1 from the start, 2 upgrade in mid-connection */
  pr_str queue;  /* LPR queue, IPP path ("/ipp/print"), RAW: empty */
  pr_str user;   /* as the target shall know the user */
  pr_str title;
  pr_str job_uuid; /* "urn:uuid:..." without the prefix, lower case */
  pr_str document_format; /* MIME media type; empty: not known */
  uint64_t document_size; /* PR_LENGTH_TO_END while it still arrives (cut-through) */
  pr_attrs ticket;        /* copies, sides, media, print-color-mode, ...: only what this protocol shall carry */
  pr_attrs extra;         /* further attributes of the vendor rule; LPR: name = control-file letter */
  pr_str remote_job_id;   /* QUERY, CANCEL */
  uint32_t truncated_discards; /* 1: the target discards a job that breaks off */
  uint32_t back_channel;  /* 1: the port is known to answer PJL (RAW) */
  uint32_t close_timeout_ms;
  uint32_t reserved;
  pr_str local_host; /* name of this desktop, for LPR control files */
} pr_send_request;

typedef struct pr_protocol {
  uint32_t struct_size;
  uint32_t unknown_length; /* 1: can send a document whose length is not known yet */
  uint32_t receipt;        /* 1: `accepted` is the peer's own answer, not just a closed connection */
  uint32_t can_query;      /* 1: PR_SEND_QUERY may find a job after a break */
  const char* name;        /* "raw", "lpr", "ipp" */
  uint32_t default_port;
  uint32_t reserved;
  pr_session_table session;
  /* Opens a session. `request` and all it points to are copied if needed later. [main] */
  pr_status (*open)(pr_plugin* plugin, const pr_send_request* request, pr_session** out);
} pr_protocol;

#ifdef __cplusplus
}
#endif
#endif
