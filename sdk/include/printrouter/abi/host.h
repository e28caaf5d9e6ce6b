/* SPDX-License-Identifier: Apache-2.0 */
/* What the host does for a plugin: log, clock, configuration, secrets. Asked for by id, as the plugin's own
 * interfaces are, so that a service can be added without touching the others. */
#ifndef PRINTROUTER_ABI_HOST_H
#define PRINTROUTER_ABI_HOST_H
#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

struct pr_host {
  uint32_t struct_size;
  void* context; /* the host's own */
  /* A service table by its id below, NULL if this host has none. The table lives as long as the host. [any] */
  const void* (*get_service)(const pr_host* host, const char* service_id);
};

#define PR_HOST_LOG_ID "printrouter.host.log/draft-1"
enum { PR_LOG_DEBUG = 1, PR_LOG_INFO, PR_LOG_WARNING, PR_LOG_ERROR };
typedef struct pr_host_log {
  uint32_t struct_size;
  /* Writes one line, tagged with the plugin's id. Control characters are escaped by the host. [any] */
  void (*write)(const pr_host* host, uint32_t level, pr_str text);
} pr_host_log;

#define PR_HOST_CLOCK_ID "printrouter.host.clock/draft-1"
typedef struct pr_host_clock {
  uint32_t struct_size;
  int64_t (*unix_ms)(const pr_host* host);      /* wall clock, milliseconds since 1970 UTC. [any] */
  int64_t (*monotonic_ms)(const pr_host* host); /* never runs backwards. [any] */
} pr_host_clock;

#define PR_HOST_CONFIG_ID "printrouter.host.config/draft-1"
typedef struct pr_host_config {
  uint32_t struct_size;
  /* The value at `key` in this plugin's part of the configuration ("plugins": {"<id>": {...}}), scalars as
   * text. PR_UNSUPPORTED if absent. *value stays valid until the plugin is destroyed. [main] */
  pr_status (*get)(const pr_host* host, pr_str key, pr_str* value);
} pr_host_config;

#define PR_HOST_SECRETS_ID "printrouter.host.secrets/draft-1"
typedef struct pr_host_secrets {
  uint32_t struct_size;
  /* A secret by name, only if the manifest's permissions list it ("secrets:<name>"). Never log it.
   * PR_UNSUPPORTED if absent or not permitted. *value stays valid until the plugin is destroyed. [main] */
  pr_status (*get)(const pr_host* host, pr_str name, pr_str* value);
} pr_host_secrets;

#ifdef __cplusplus
}
#endif
#endif
