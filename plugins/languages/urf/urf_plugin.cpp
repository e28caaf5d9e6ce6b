// SPDX-License-Identifier: Apache-2.0
#include "../shared/language_plugin.hpp"
#include "urf_analyser.hpp"

PRINTROUTER_PLUGIN(printrouter::languages::LanguagePlugin<printrouter::languages::UrfAnalyser>, "urf",
                   "0.1.0")
