/* SPDX-License-Identifier: Apache-2.0 */
/* printrouter.receiver: takes jobs in from one connection. Job state lives in the host, never in a session:
 * every question about a job is a REQUEST, and the host authorises it by the identity of the peer. */
#ifndef PRINTROUTER_ABI_RECEIVER_H
#define PRINTROUTER_ABI_RECEIVER_H
#include "action.h"
#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PR_RECEIVER_ID "printrouter.receiver/draft-1"

/* pr_action.op of PR_ACTION_REQUEST. Attribute names are IPP's. A job is named by "job-id" or, where the peer
 * did so, "job-uri". What a user asks carries "requesting-user-name" as the peer said it (never trusted). */
enum {
  PR_OP_CREATE_JOB = 1, /* job and ticket attributes -> REPLY job-id, job-uuid, job-state, job-state-reasons; the job
                           becomes this session's current job. It is acknowledged by COMMIT, except that with
                           "last-document" = false it waits for later documents and is kept from this reply on */
  PR_OP_ADD_DOCUMENT,   /* document-format, document-name, compression; job-id if it is not the current job
                           -> REPLY; RECEIVE_PAYLOAD then fills this document */
  PR_OP_COMMIT,         /* late attributes (LPR control file) -> COMMITTED when document and row are durable */
  PR_OP_CLOSE_JOB,      /* job-id: no more documents -> REPLY */
  PR_OP_VALIDATE,       /* as CREATE_JOB, without making a job -> REPLY */
  PR_OP_GET_JOBS,       /* which-jobs, my-jobs, limit, first-job-id -> REPLY, one group a job */
  PR_OP_GET_JOB,        /* job-id -> REPLY */
  PR_OP_CANCEL_JOB,     /* job-id, message -> REPLY */
  PR_OP_CANCEL_MY_JOBS, /* job-ids (none: all own) -> REPLY */
  PR_OP_PRINTER_ATTRIBUTES, /* -> REPLY, see docs/receiver-attributes.md */
  PR_OP_IDENTIFY_PRINTER    /* message: show the user which printer this is -> REPLY */
};

/* pr_event.error of PR_EVENT_REFUSED; the receiver maps it to its protocol's own status. */
enum {
  PR_REFUSED_NOT_FOUND = 1,
  PR_REFUSED_NOT_AUTHORIZED,
  PR_REFUSED_NOT_POSSIBLE,      /* the job's state forbids it */
  PR_REFUSED_FORMAT,            /* document format not supported */
  PR_REFUSED_ATTRIBUTE,         /* `text` names the attribute; attributes holds those that are not supported */
  PR_REFUSED_TOO_LARGE,         /* job size limit */
  PR_REFUSED_BUSY,              /* limits reached (count, disk): try again later */
  PR_REFUSED_NOT_ACCEPTING,     /* this queue takes no jobs */
  PR_REFUSED_INTERNAL
};

typedef struct pr_receive_request {
  uint32_t struct_size;
  uint32_t tls;           /* 1: the connection is already protected */
  pr_str peer_address;    /* "127.0.0.1" or "::1" */
  uint32_t peer_port;
  uint32_t local_port;
  pr_str queue;           /* the queue of this listener (RAW), else empty */
  pr_str local_host;      /* the name under which this listener presents itself */
} pr_receive_request;

typedef struct pr_receiver {
  uint32_t struct_size;
  uint32_t default_port;
  const char* name; /* "raw", "lpr", "ipp" */
  pr_session_table session;
  /* Opens a session on an accepted connection. [main] */
  pr_status (*open)(pr_plugin* plugin, const pr_receive_request* request, pr_session** out);
} pr_receiver;

#ifdef __cplusplus
}
#endif
#endif
