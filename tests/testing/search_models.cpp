// tests/testing/search_models.cpp - the model of the search next to another one
//
// The model of the search next to another one: each send visible by itself, one FIFO per receiver.
#include <algorithm>
#include <catch.hpp>
#include <string>

#include "amounts.hpp"
#include "outbox_model.hpp"
#include "program.hpp"

using namespace program;

// Causal order allows more: two receivers may see two senders in orders that no order of sends has.
TEST_CASE("search: what one send after the other can lead to is among the outcomes") {
  auto const more = amounts::programs();
  unsigned const programs = more.value_or(200);
  unsigned compared = 0, larger = 0;
  for (unsigned seed = 1; compared < programs; ++seed) {
    Program const program = randomProgram(seed);
    std::set<Outcome> unused;
    if (!bruteForce(Run{program}, 8, unused) || unused.size() < 2) continue;
    ++compared;
    std::set<Outcome> const ours = explore(program).different();
    std::set<Outcome> const theirs = outboxOutcomes(program);
    INFO("seed " << seed);
    REQUIRE(std::includes(ours.begin(), ours.end(), theirs.begin(), theirs.end()));
    if (ours.size() > theirs.size()) ++larger;
  }
  if (more.has_value()) WARN(compared << " programs, " << larger << " with more outcomes");
}

TEST_CASE("search: two senders to two receivers, in opposite orders") {
  Program program;
  program.endpoints = 4;
  program.first = {{{2, 0}, {3, 0}}, {{3, 0}, {2, 0}}, {}, {}};
  program.on = {{}};
  // Nothing is causally related: 2 may see 1 first, and 3 see 0 first.
  CHECK(explore(program).schedules == 4);
  CHECK(outboxOutcomes(program).size() == 3);
}
