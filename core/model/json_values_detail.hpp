// SPDX-License-Identifier: Apache-2.0
#pragma once
/// nlohmann/json conversions of the model's values, for .cpp files only (never included by a public header).
#include <nlohmann/json.hpp>

#include "model/decision.hpp"
#include "model/job.hpp"

namespace printrouter {

void to_json(nlohmann::json& j, const Attribute& v);
void from_json(const nlohmann::json& j, Attribute& v);
void to_json(nlohmann::json& j, const Reason& v);
void from_json(const nlohmann::json& j, Reason& v);
void to_json(nlohmann::json& j, const Outcome& v);
void from_json(const nlohmann::json& j, Outcome& v);
void to_json(nlohmann::json& j, const Port& v);
void from_json(const nlohmann::json& j, Port& v);
void to_json(nlohmann::json& j, const Target& v);
void from_json(const nlohmann::json& j, Target& v);
void to_json(nlohmann::json& j, const Attempt& v);
void from_json(const nlohmann::json& j, Attempt& v);
void to_json(nlohmann::json& j, const DocumentFacts& v);
void from_json(const nlohmann::json& j, DocumentFacts& v);
void to_json(nlohmann::json& j, const AnalysedDocument& v);
void from_json(const nlohmann::json& j, AnalysedDocument& v);
void to_json(nlohmann::json& j, const Owner& v);
void from_json(const nlohmann::json& j, Owner& v);
void to_json(nlohmann::json& j, const Job& v);
void from_json(const nlohmann::json& j, Job& v);
void to_json(nlohmann::json& j, const PortChoice& v);
void to_json(nlohmann::json& j, const Candidate& v);
void to_json(nlohmann::json& j, const Decision& v);

}  // namespace printrouter
