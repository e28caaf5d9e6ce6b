// SPDX-License-Identifier: Apache-2.0
/// The pack's own tests: no test framework, no daemon, no device. Exit 0: all held.
#include <printrouter/vendor_testing.hpp>

#include <cstdio>

#include "acme_rules.hpp"

extern "C" const pr_plugin_entry printrouter_plugin_v1;

namespace {

int failures = 0;
void expect(bool held, const char* what) {
  if (held) return;
  ++failures;
  std::printf("FAILED: %s\n", what);
}

}  // namespace

int main() {
  using printrouter::testing::VendorQuestion;
  const printrouter::testing::VendorPack pack(printrouter_plugin_v1);

  expect(acme::is_badge("A123451") == false && acme::is_badge("A123455"), "a badge has a check digit");
  expect(!acme::is_badge("A12345\n") && !acme::is_badge("B123455") && !acme::is_badge(""),
         "and nothing else");

  expect(pack.identify("Acme", "Laser 9000") == 100 && pack.identify("Kyocera", "x") == 0, "knows its maker");
  expect(pack.declare().identity_fields.count("acme-badge") == 1, "declares the badge");

  VendorQuestion q;
  q.facts.yes("pjl-wrap");
  q.settings.word("unknown-id-jobs", "reject");
  expect(pack.assess(q).find("acme.badge-required") != nullptr, "no badge, no print");
  q.identity.word("acme-badge", "A123455");
  expect(pack.assess(q).assessment.permitted == 1, "with a badge it prints");
  q.protocol = "ipp";
  expect(pack.assess(q).find("acme.badge-cannot-travel") != nullptr, "not where the badge cannot travel");
  q.protocol = "raw";

  bool replaced = false;
  for (auto& e : pack.prepare(q).edits)
    replaced |= e.match == "@PJL SET ACMEBADGE" && e.bytes == "@PJL SET ACMEBADGE=\"A123455\"\r\n";
  expect(replaced, "the driver's empty badge line is replaced");

  const auto blocked = pack.interpret(PR_OUTCOME_DELIVERED, "", "hello\r\nACME-ERR 17 badge A123455\r\n");
  expect(blocked.interpretation.outcome == PR_OUTCOME_REJECTED && blocked.find("acme.badge-blocked"),
         "17: blocked");
  expect(pack.interpret(PR_OUTCOME_DELIVERED, "", "ACME-OK pages=3").interpretation.outcome ==
             PR_OUTCOME_DELIVERED,
         "OK is OK");
  expect(pack.interpret(PR_OUTCOME_UNKNOWN, "", "xACME-ERR 17").reasons.empty(),
         "only at the start of a line");
  expect(pack.interpret(PR_OUTCOME_UNKNOWN, "", "ACME-ERR 99").find("acme.unknown-error") != nullptr,
         "99: not known");

  std::printf(failures ? "%d failed\n" : "all held\n", failures);
  return failures ? 1 : 0;
}
