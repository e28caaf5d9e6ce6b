/* SPDX-License-Identifier: Apache-2.0 */
/* The one symbol a plugin exports, and the way from it to everything else.
 *
 *   printrouter_plugin_v1 -> create -> instance -> get_extension("printrouter.protocol/draft-1")
 *
 * The host reads the entry only after the manifest (<id>.plugin.json) beside the library has been checked. */
#ifndef PRINTROUTER_ABI_PLUGIN_H
#define PRINTROUTER_ABI_PLUGIN_H
#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PR_PLUGIN_SYMBOL "printrouter_plugin_v1"

typedef struct pr_host pr_host;     /* host.h; outlives every instance */
typedef struct pr_plugin pr_plugin; /* the plugin's own instance data, opaque to the host */

typedef struct pr_plugin_entry {
  uint32_t struct_size;
  uint32_t abi_version; /* PR_ABI_VERSION the plugin was built with */
  const char* id;       /* equals the manifest's id; NUL-terminated, static */
  const char* version;  /* equals the manifest's version; NUL-terminated, static */

  /* Makes the instance. `host` stays valid until destroy returns. On failure *out stays untouched. [main] */
  pr_status (*create)(const pr_host* host, pr_plugin** out);

  /* Ends the instance; all its sessions are closed before. [main] */
  void (*destroy)(pr_plugin* plugin);

  /* The table of functions for an interface id (PR_PROTOCOL_ID, ...), NULL if not provided. The table is
   * static: it lives as long as the library is mapped. [main] */
  const void* (*get_extension)(pr_plugin* plugin, const char* interface_id);
} pr_plugin_entry;

#ifdef __cplusplus
}
#endif
#endif
