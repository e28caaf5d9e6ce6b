/* SPDX-License-Identifier: Apache-2.0 */
/* printrouter.vendor: the rules of one maker. Every function is pure: facts in, answer out through the sink, no
 * I/O, no clock, no memory of earlier calls. What is not known is absent and must be treated as unknown. */
#ifndef PRINTROUTER_ABI_VENDOR_H
#define PRINTROUTER_ABI_VENDOR_H
#include "base.h"
#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PR_VENDOR_ID "printrouter.vendor/draft-1"

enum { PR_PORT_CLASS_UNSTATED = 0, PR_PORT_PLAIN = 1, PR_PORT_DEVICE_SPOOLING = 2 };
enum { PR_COUNTED_UNKNOWN = 0, PR_COUNTED_DEVICE = 1, PR_COUNTED_SERVER = 2, PR_COUNTED_CLIENT = 3 };

typedef struct pr_port {
  uint32_t struct_size;
  uint32_t port_class; /* PR_PORT_*; unstated counts as plain */
  pr_str protocol;     /* "raw", "lpr", "ipp" */
  uint32_t port;
  uint32_t tls;
  pr_str queue;
} pr_port;

typedef struct pr_device {
  uint32_t struct_size;
  uint32_t reserved;
  pr_str id;      /* name in the directory; empty in assess, whose answer holds for every device alike */
  pr_str address; /* empty in assess */
  pr_str maker;
  pr_str model;
  pr_attrs facts;    /* of the model file, by their names there ("pjl-wrap", "account-code-max-digits", ...) */
  pr_attrs settings; /* of this one device, as the administrator stated or a check observed them:
                        "terminal-present", "accounting-server-only", "asleep", "accepts-unidentified-jobs" (booleans;
                        the last is what a check saw), "unknown-id-jobs" (permit | reject), "permitted-senders",
                        "wake-port", "wake-wait-ms", "release" (immediate | at-device), "maker-option-name",
                        "sys-object-id", ... */
} pr_device;

typedef struct pr_assess_in {
  uint32_t struct_size;
  uint32_t reserved;
  const pr_device* device;
  const pr_port* port;
  pr_str user;
  pr_str title;
  pr_str job_uuid;
  pr_str document_format;
  pr_attrs ticket;   /* copies, sides, media, print-color-mode, finishings, job-password ... as far as asked for */
  pr_attrs identity; /* the identity fields this vendor declared, as far as the host has them */
  /* "integration" (none | kx-driver-net-manager), "ticket" (exact | relaxed), "private" (boolean); of the document:
     "document-has-pjl" (boolean), "pjl-job-line" (boolean: its PJL header has a @PJL JOB line),
     "in-document-ticket" (keywords: the ticket attributes that the document itself sets, to the ticket's value). */
  pr_attrs profile;
  pr_str sender_address; /* the address this desktop sends from; empty: unknown */
  int64_t now_ms;        /* 0 unless the vendor declared that it needs the time */
} pr_assess_in;

enum { PR_CARRY_LOST = 0, PR_CARRY_IPP, PR_CARRY_PJL, PR_CARRY_LPR, PR_CARRY_IN_DOCUMENT, PR_CARRY_HOST_COPIES };
enum { PR_REASON_INFO = 1, PR_REASON_WARNING, PR_REASON_REFUSAL };
enum { /* where an edit goes; the host finds the place in the document */
  PR_ANCHOR_START = 1,        /* before the first byte */
  PR_ANCHOR_AFTER_PJL_HEADER, /* at the end of the first PJL header, before @PJL ENTER LANGUAGE or what follows it;
                                 no PJL header there: only with the model fact "pjl-wrap" the host wraps the
                                 document in UEL, @PJL, ... UEL and edits that */
  PR_ANCHOR_BEFORE_LAST_UEL   /* before the last Universal Exit Language */
};

/* Where the answers go. The host copies what it is given before the call returns. Unused: leave alone. */
typedef struct pr_vendor_sink {
  uint32_t struct_size;
  uint32_t reserved;
  void* context;
  /* A reason with a stable id ("kyocera.unknown-id-rejected"), for people in English and German. */
  void (*reason)(void* context, uint32_t severity, pr_str id, pr_str en, pr_str de);
  /* How a ticket attribute reaches the paper on this port. */
  void (*carry)(void* context, pr_str attribute, uint32_t how);
  /* One edit. match empty: insert `bytes`. Else replace the first PJL header line that begins with match
   * (line end included); no such line: insert at the anchor. */
  void (*edit)(void* context, uint32_t anchor, pr_str match, pr_bytes bytes);
  void (*lpr_line)(void* context, char letter, pr_str value);
  void (*ipp_attribute)(void* context, const pr_attr* attribute);
  /* A counter to read: name ("printed-total"), method and where: "snmp" and a numeric OID, or "snmp-label" and
   * "LABELS VALUES LABEL": a table's columns as numeric OIDs, and the label in whose row the value stands. */
  void (*counter)(void* context, pr_str name, pr_str method, pr_str where);
  /* An identity field that the rules want ("kyocera-account-code"), and what a valid one looks like. */
  void (*identity_field)(void* context, pr_str name, pr_str description);
} pr_vendor_sink;

typedef struct pr_assessment {
  uint32_t struct_size;
  uint32_t permitted;        /* 1 or 0; 0 needs at least one reason of severity REFUSAL */
  uint32_t counted_by;       /* PR_COUNTED_* */
  uint32_t may_count_twice;  /* 1: two records of one job may reach the server */
  int32_t preference;        /* higher first among the ports of one device */
  uint32_t release_at_device;/* PR_YES: accepted there waits until the user logs in at the device */
  uint32_t needs_wake;       /* 1: the port does not answer until woken */
  uint32_t wake_wait_ms;     /* time the device needs after the wake, 0..600000 */
  uint32_t wake_port;        /* TCP port that wakes it */
  uint32_t reserved;
} pr_assessment;

typedef struct pr_device_reply {
  uint32_t struct_size;
  uint32_t outcome;     /* PR_OUTCOME_* (outcome.h) as the protocol understood it */
  pr_str protocol;
  pr_str reason;        /* the protocol's reason id */
  pr_bytes device_text; /* what the device said: untrusted */
} pr_device_reply;

typedef struct pr_interpretation {
  uint32_t struct_size;
  uint32_t outcome; /* PR_OUTCOME_*; the host never lets it soften UNKNOWN to NOT_SENT */
} pr_interpretation;

typedef struct pr_vendor {
  uint32_t struct_size;
  uint32_t needs_time; /* 1: assess wants now_ms */
  const char* name;    /* "kyocera" */
  /* How surely this device is of this maker: 0 not at all .. 100 certain. *model: the model's name, static. [main] */
  uint32_t (*identify)(pr_plugin* plugin, const pr_device* device, pr_str* model);
  void (*declare)(pr_plugin* plugin, const pr_vendor_sink* sink);
  pr_status (*assess)(pr_plugin* plugin, const pr_assess_in* in, pr_assessment* out, const pr_vendor_sink* sink);
  pr_status (*prepare)(pr_plugin* plugin, const pr_assess_in* in, const pr_vendor_sink* sink);
  pr_status (*interpret)(pr_plugin* plugin, const pr_device* device, const pr_device_reply* reply,
                         pr_interpretation* out, const pr_vendor_sink* sink);
  pr_status (*counters)(pr_plugin* plugin, const pr_device* device, const pr_vendor_sink* sink);
} pr_vendor;

#ifdef __cplusplus
}
#endif
#endif
