// SPDX-License-Identifier: Apache-2.0
/// How long a decision takes: 10 candidates within 50 µs, and within 5 ms with a directory of 10,000 devices,
/// where the user's group has the usual ten of them and where it has them all. The last case is the expensive
/// one: a user who has used none of 10,000 printers is offered them all, so each is judged and worded.
#include <benchmark/benchmark.h>

#include "tests/unit/routing/scene.hpp"

namespace printrouter {
namespace {
using namespace scene;

/// `devices` in the directory, the first `members` of them in the group; the user knows `used` of them.
void fill(Scene& s, int devices, int members, int used = 3) {
  s.config.devices.clear();
  for (int i = 0; i < devices; ++i) {
    Device d = printer("device-" + std::to_string(i), {plain_port(), spooling_port()});
    d.place = "floor " + std::to_string(i % 40);
    s.config.devices.push_back(std::move(d));
  }
  for (int i = 0; i < members; ++i) s.config.groups["some"].push_back("device-" + std::to_string(i));
  s.profile.group = "some";
  s.directory = Directory::build(s.config, s.models, nullptr);
  s.job.ticket = {Attribute::number("copies", 3), Attribute::word("sides", "two-sided-long-edge"),
                  Attribute::word("media", "iso_a4_210x297mm")};
  for (int i = 0; i < used; ++i) s.use("device-" + std::to_string(i), i + 1);
  s.price(5, 20);
}

void decide_with(benchmark::State& state) {
  Scene s;
  fill(s, static_cast<int>(state.range(0)), static_cast<int>(state.range(1)),
       static_cast<int>(state.range(2)));
  const RoutingInput input = s.input();
  for (auto _ : state) {
    Decision d = decide(input);
    if (d.kind != DecisionKind::ask) state.SkipWithError("not the decision that was to be measured");
    benchmark::DoNotOptimize(d);
  }
}
BENCHMARK(decide_with)
    ->ArgNames({"directory", "group", "used"})
    ->Args({10, 10, 3})
    ->Args({10'000, 10, 3})
    ->Args({10'000, 10'000, 3})
    ->Args({10'000, 10'000, 0})
    ->Unit(benchmark::kMicrosecond);

void to_the_server(benchmark::State& state) {
  Scene s;
  fill(s, 10, 10);
  s.server.up = true;
  const RoutingInput input = s.input();
  for (auto _ : state) benchmark::DoNotOptimize(decide(input));
}
BENCHMARK(to_the_server)->Unit(benchmark::kMicrosecond);

void look_up(benchmark::State& state) {
  Scene s;
  fill(s, 10'000, 10);
  for (auto _ : state) benchmark::DoNotOptimize(s.directory->find("device-9999"));
}
BENCHMARK(look_up);
}  // namespace
}  // namespace printrouter

BENCHMARK_MAIN();
