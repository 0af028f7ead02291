// tests/testing/linearizable.cpp - operations that overlap, against a model of one thread
#include <algorithm>
#include <catch.hpp>
#include <cstdint>
#include <deque>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <tincan/testing/linearizable.hpp>
#include <vector>

#include "../unit/support.hpp"

namespace overlapping {

using test::contains;
using tincan::testing::History;
using tincan::testing::linearizable;

struct Register {
  int value = 0;
  friend bool operator==(Register const&, Register const&) = default;
};
using Queue = std::deque<int>;

/// Operations whose beginnings and ends a test gives in any order.
class RegisterHistory {
 public:
  void write(std::string who, int value, auto... inside) {
    history.call(
        std::move(who), "write " + std::to_string(value), [&] { (inside(), ...); },
        [value](Register& model) { model.value = value; });
  }
  void read(std::string who, int result, auto... inside) {
    history.call(
        std::move(who), "read",
        [&] {
          (inside(), ...);
          return result;
        },
        [](Register& model) { return model.value; });
  }

  tincan::testing::Linearization check() const { return linearizable(Register{}, history); }

  History<Register> history;
};

TEST_CASE("linearizable: one after another has one order") {
  RegisterHistory right;
  right.write("a", 1);
  right.read("b", 1);
  CHECK(right.check());
  CHECK(right.check().failure == "");
  CHECK(right.history.events() == 4);

  RegisterHistory wrong;
  wrong.write("a", 1);
  wrong.read("b", 0);
  auto const found = wrong.check();
  CHECK_FALSE(found);
  CHECK(found.failure ==
        "no order of these operations has their results:\n"
        "a  []    write 1\n"
        "b    []  read -> 0\n");
}

TEST_CASE("linearizable: what overlaps may have come first, or last") {
  for (int const seen : {0, 1}) {
    RegisterHistory history;
    history.write("a", 1, [&] { history.read("b", seen); });
    CHECK(history.check());
  }
  RegisterHistory back;  // who has seen the new value does not see the old one again
  back.write("a", 1, [&] {
    back.read("b", 1);
    back.read("c", 0);
  });
  CHECK(back.check().failure ==
        "no order of these operations has their results, whenever the others happened:\n"
        "b  []    read -> 1\n"
        "c    []  read -> 0\n");
}

TEST_CASE("linearizable: the failure shows only who is to blame") {
  RegisterHistory history;
  for (int i = 0; i < 5; ++i) history.write("early", i);
  history.read("b", 4);
  history.write("a", 7);
  history.write("c", 8);
  history.read("b", 7);
  history.write("late", 9);
  auto const failure = history.check().failure;
  CHECK(contains(failure, "write 8"));
  CHECK(contains(failure, "read -> 7"));
  CHECK_FALSE(contains(failure, "early"));
  CHECK_FALSE(contains(failure, "late"));
}

TEST_CASE("linearizable: what threw, or has not returned, may have happened or not") {
  for (int const seen : {0, 1, 2}) {
    History<Register> history;
    auto const write = [&] {
      history.call(
          "a", "write 1", [] { throw std::runtime_error("lost"); },
          [](Register& model) { model.value = 1; });
    };
    CHECK_THROWS_AS(write(), std::runtime_error);
    history.call(
        "b", "read", [&] { return seen; }, [](Register& model) { return model.value; });
    auto const found = linearizable(Register{}, history);
    CHECK(found.ok == (seen != 2));
    if (seen == 2) CHECK(contains(found.failure, "b  []  read -> 2\n"));
  }
  RegisterHistory open;  // it may take effect long after
  open.write("a", 1, [&] {
    open.read("b", 0);
    open.read("b", 0);
    open.read("b", 1);
    CHECK(open.check());
    open.read("b", 0);
    CHECK_FALSE(open.check());
  });
}

TEST_CASE("linearizable: results of any type that can be compared are shown") {
  History<Queue> history;
  auto const pop = [&](std::optional<int> result) {
    history.call(
        "b", "pop", [&] { return result; },
        [](Queue& model) {
          std::optional<int> first;
          if (!model.empty()) {
            first = model.front();
            model.pop_front();
          }
          return first;
        });
  };
  pop(std::nullopt);
  CHECK(linearizable(Queue{}, history));
  history.call(
      "a", "push 3", [] {}, [](Queue& model) { model.push_back(3); });
  pop(3);
  CHECK(linearizable(Queue{}, history));
  pop(3);
  CHECK(contains(linearizable(Queue{}, history).failure, "pop -> 3"));
  CHECK_FALSE(contains(linearizable(Queue{}, history).failure, "nothing"));
}

TEST_CASE("linearizable: the search agrees with all permutations") {
  std::minstd_rand random(1);
  auto const below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() >> 8) % n; };
  int right = 0;
  for (int round = 0; round < 400; ++round) {
    // Up to six operations with random beginnings and ends.
    struct Made {
      int write, read;  // read of a write is -1
      std::uint32_t begin, end;
    };
    std::vector<std::uint32_t> events(2 * (2 + below(4)));
    std::iota(events.begin(), events.end(), 0u);
    std::shuffle(events.begin(), events.end(), random);
    std::vector<Made> made;
    for (std::size_t i = 0; i < events.size(); i += 2) {
      bool const writes = below(2) == 0;
      int const value = static_cast<int>(below(2));
      made.push_back({writes ? value + 1 : 0, writes ? -1 : value,
                      std::min(events[i], events[i + 1]), std::max(events[i], events[i + 1])});
    }
    std::sort(made.begin(), made.end(),
              [](Made const& a, Made const& b) { return a.begin < b.begin; });
    std::vector<std::size_t> order(made.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    bool expected = false;
    do {
      int value = 0;
      bool fits = true;
      for (std::size_t i = 0; i < order.size() && fits; ++i) {
        for (std::size_t j = i + 1; j < order.size(); ++j) {
          fits = fits && made[order[j]].end > made[order[i]].begin;
        }
        Made const& one = made[order[i]];
        if (one.read < 0) value = one.write;
        else fits = fits && one.read == value;
      }
      expected = expected || fits;
    } while (!expected && std::next_permutation(order.begin(), order.end()));
    std::vector<History<Register>::Operation> operations;
    for (Made const& one : made) {
      operations.push_back({"x", "y", "", nullptr, one.begin + 1, one.end + 1});
      operations.back().matches = [one](Register& model) {
        if (one.read < 0) model.value = one.write;
        return one.read < 0 || model.value == one.read;
      };
    }
    auto const wrong =
        tincan::testing::detail::Counterexample<Register>(Register{}, operations).find();
    INFO("round " << round);
    REQUIRE(wrong.empty() == expected);
    right += expected ? 1 : 0;
  }
  CHECK(right > 40);
  CHECK(right < 360);
}

TEST_CASE("linearizable: threads with a lock pass") {
  History<Register> history;
  std::mutex mutex;
  int value = 0;
  auto const increment = [&](std::string const& who) {
    for (int i = 0; i < 4; ++i) {
      history.call(
          who, "increment",
          [&] {
            std::lock_guard const lock(mutex);
            return ++value;
          },
          [](Register& model) { return ++model.value; });
    }
  };
  std::thread other([&] { increment("b"); });
  increment("a");
  other.join();
  CHECK(linearizable(Register{}, history));
}

}  // namespace overlapping
