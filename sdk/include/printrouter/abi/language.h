/* SPDX-License-Identifier: Apache-2.0 */
/* printrouter.language: reads a page description language to say what a document holds. Runs in a sandboxed
 * worker process; memory and steps are bounded by the host.
 *
 * The host takes a job apart at its UEL marks: an analyser sees one document in one language, without the PJL
 * around it (the PJL itself goes to the language "application/vnd.hp-PJL"). What it says concerns that
 * document as it stands: copies, sides and the like only where the document itself sets them; the host joins
 * them with PJL's and the ticket's. EXACT is a promise: the device puts out exactly this. What the language
 * computes at run time, what is damaged and what an analyser does not know is UNKNOWN. */
#ifndef PRINTROUTER_ABI_LANGUAGE_H
#define PRINTROUTER_ABI_LANGUAGE_H
#include "base.h"
#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PR_LANGUAGE_ID "printrouter.language/draft-2"

enum { PR_INPUT_STREAM = 1, PR_INPUT_SEEKABLE };
enum { PR_CONFIDENCE_UNKNOWN = 0, PR_CONFIDENCE_ESTIMATE, PR_CONFIDENCE_EXACT };

typedef struct pr_number {
  int64_t value;
  uint32_t confidence; /* PR_CONFIDENCE_*; UNKNOWN: value means nothing */
  uint32_t reserved;
} pr_number;

typedef struct pr_word {
  pr_str value; /* valid until the analysis is closed */
  uint32_t confidence;
  uint32_t reserved;
} pr_word;

typedef struct pr_analysis {
  uint32_t struct_size;
  uint32_t reserved;
  pr_number pages; /* page sides of one copy that leave the device */
  pr_number
      color_pages; /* of them with any colour other than grey; color + mono = pages where both are EXACT */
  pr_number mono_pages; /* black, grey and blank ones */
  pr_number copies;     /* of the whole document, as it sets them itself: >= 1 */
  pr_number
      number_up; /* logical pages on a page side, where the document says so; `pages` is sides already */
  pr_word sides; /* one-sided, two-sided-long-edge, two-sided-short-edge (PWG 5100.1) */
  pr_word media; /* PWG 5101.1 size names of all pages, blank-separated, each once, in order of appearance;
                    a size without name as custom_WxH: "custom_215.9x400mm_215.9x400mm" */
  pr_word color_mode; /* PJL: color, monochrome (print-color-mode) */
  pr_word user, title;
  pr_word account; /* PJL and the maker's own words: a code; never shown, never logged */
  pr_number hold;  /* PJL HOLD: 1 the job asks to be held */
  pr_str why;      /* English, where pages are not EXACT: what stands in the way */
} pr_analysis;

typedef struct pr_document_reader { /* seekable input */
  uint32_t struct_size;
  uint32_t reserved;
  void* context;
  uint64_t size;
  /* Reads up to `size` bytes at `offset`; answers how many, 0 at the end, negative on error. */
  int64_t (*read_at)(void* context, uint64_t offset, uint8_t* out, size_t size);
} pr_document_reader;

typedef struct pr_analyser pr_analyser;
typedef struct pr_language {
  uint32_t struct_size;
  uint32_t input;   /* PR_INPUT_* */
  const char* name; /* MIME media type, "application/pdf" */
  /* `reader` is NULL for STREAM and else stays valid until close. [main] */
  pr_status (*open)(pr_plugin* plugin, const pr_document_reader* reader, pr_analyser** out);
  /* STREAM only: the next bytes. PR_UNSUPPORTED: no need for more (the answer stands already). [main] */
  pr_status (*feed)(pr_analyser* analyser, pr_bytes bytes);
  /* The document has ended: says what it holds. `out` comes zeroed, with its struct_size set. [main] */
  pr_status (*finish)(pr_analyser* analyser, pr_analysis* out);
  void (*close)(pr_analyser* analyser);
} pr_language;

#ifdef __cplusplus
}
#endif
#endif
