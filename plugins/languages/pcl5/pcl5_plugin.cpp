// SPDX-License-Identifier: Apache-2.0
#include "../shared/language_plugin.hpp"
#include "pcl5_analyser.hpp"

PRINTROUTER_PLUGIN(printrouter::languages::LanguagePlugin<printrouter::languages::Pcl5Analyser>, "pcl5",
                   "0.1.0")
