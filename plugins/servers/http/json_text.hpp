// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The little JSON that this plugin writes and reads itself.
#include <optional>
#include <printrouter/plugin.hpp>
#include <string>
#include <string_view>

namespace printrouter::http_server {

/// `text` (UTF-8) as a JSON string with its quotes, in ASCII: fit for a header field. What is no UTF-8
/// becomes U+FFFD.
std::string json_string(std::string_view text);

/// Job attributes as one object: a name that stands several times becomes a list.
std::string json_object(pr_attrs attributes);

/// The text at `path` ("error.code") of a JSON object; nullopt: no such member, not a text, or no JSON up to
/// there. Bounded: at most 32 levels.
std::optional<std::string> json_text_at(std::string_view json, std::string_view path);

}  // namespace printrouter::http_server
