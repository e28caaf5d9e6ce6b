// SPDX-License-Identifier: Apache-2.0
#include "../shared/language_plugin.hpp"
#include "postscript_analyser.hpp"

PRINTROUTER_PLUGIN(printrouter::languages::LanguagePlugin<printrouter::languages::PostscriptAnalyser>,
                   "postscript", "0.1.0")
