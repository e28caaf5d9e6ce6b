/* SPDX-License-Identifier: Apache-2.0 */
/* What is known after an attempt. An outcome is not an error code: "rejected" is a fact about the target, "unknown"
 * one about us. */
#ifndef PRINTROUTER_ABI_OUTCOME_H
#define PRINTROUTER_ABI_OUTCOME_H
#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { /* pr_outcome.kind */
  PR_OUTCOME_DELIVERED = 1, /* accepted, or confirmed */
  PR_OUTCOME_NOT_SENT,      /* nothing can come of what left */
  PR_OUTCOME_REJECTED,      /* the target says no to this job */
  PR_OUTCOME_AUTH_REQUIRED,
  PR_OUTCOME_HOLD,          /* the target cannot take this job now; a person has to look */
  PR_OUTCOME_STOP_TARGET,   /* the target can take no job at all */
  PR_OUTCOME_CANCELLED,
  PR_OUTCOME_UNKNOWN        /* perhaps printed */
};
typedef struct pr_outcome {
  uint32_t struct_size;
  uint32_t kind;
  uint32_t confirmed;      /* DELIVERED: 0 accepted, 1 confirmed by the target */
  uint32_t busy;           /* NOT_SENT, REJECTED: the target answers but cannot take jobs now (IPP busy, HTTP 503) */
  int64_t impressions;     /* DELIVERED confirmed: as the target counted; -1 not known */
  pr_str reason;           /* stable id, e.g. "connect-refused", "client-error-not-authorized" */
  pr_str text;             /* for people, English */
  pr_str device_text;      /* what the device said, untrusted, kept apart */
  pr_str remote_job_id;    /* the target's own name for the job, empty if none */
  pr_attrs attributes;     /* QUERY, PROBE: what was learned (job-state, printer-state, job-name ...) */
} pr_outcome;

#ifdef __cplusplus
}
#endif
#endif
