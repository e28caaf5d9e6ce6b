// SPDX-License-Identifier: Apache-2.0
#include "../shared/language_plugin.hpp"
#include "jpeg_analyser.hpp"

PRINTROUTER_PLUGIN(printrouter::languages::LanguagePlugin<printrouter::languages::JpegAnalyser>, "jpeg",
                   "0.1.0")
