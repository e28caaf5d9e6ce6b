// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <printrouter/http.hpp>

namespace printrouter::ipp {
namespace http = sdk::http;
}
