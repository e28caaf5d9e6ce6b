// SPDX-License-Identifier: Apache-2.0
#include "../shared/language_plugin.hpp"
#include "text_analyser.hpp"

PRINTROUTER_PLUGIN(printrouter::languages::LanguagePlugin<printrouter::languages::TextAnalyser>, "text",
                   "0.1.0")
