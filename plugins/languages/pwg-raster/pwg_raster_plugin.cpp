// SPDX-License-Identifier: Apache-2.0
#include "../shared/language_plugin.hpp"
#include "pwg_raster_analyser.hpp"

PRINTROUTER_PLUGIN(printrouter::languages::LanguagePlugin<printrouter::languages::PwgRasterAnalyser>,
                   "pwg-raster", "0.1.0")
