// SPDX-License-Identifier: Apache-2.0
#include "../shared/language_plugin.hpp"
#include "pclxl_analyser.hpp"

PRINTROUTER_PLUGIN(printrouter::languages::LanguagePlugin<printrouter::languages::PclxlAnalyser>, "pclxl",
                   "0.1.0")
