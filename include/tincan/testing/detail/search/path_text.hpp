// tincan/testing/detail/search/path_text.hpp - the path of an exhaustive search as it is kept in a file
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/testing/detail/search/checkpoint_text.hpp>
#include <tincan/testing/detail/search/decision_path.hpp>
#include <tincan/testing/detail/search/step.hpp>

namespace tincan::inline abi0::testing::detail {

inline void writePath(CheckpointWriter& to, DecisionPath const& path) {
  to.all(path.nodes, [&](DecisionPath::Node const& node) {
    to.number(node.chosen);
    to.all(node.all, [&](DecisionPath::Possible const& possible) {
      to.number(possible.step.source);
      to.number(possible.step.endpoint);
      to.number(unsigned{possible.step.ordered} | unsigned{possible.step.isDelivery} << 1 |
                unsigned{possible.step.isBlocked} << 2);
      to.number(unsigned{possible.state});
      to.number(possible.isKnown);
      to.all(possible.accesses, [&](Access const& access) {
        to.number(access.object);
        to.number(static_cast<unsigned>(access.kind));
      });
    });
  });
  to.all(path.choices, [&](DecisionPath::Choice const& choice) {
    to.number(choice.n);
    to.number(choice.value);
    to.number(choice.picks);
  });
}

inline DecisionPath::Possible readPossible(CheckpointReader& from) {
  DecisionPath::Possible possible;
  unsigned flags = 0, state = 0;
  from.number(possible.step.source);
  from.number(possible.step.endpoint);
  from.number(flags);
  possible.step.ordered = (flags & 1) != 0;
  possible.step.isDelivery = (flags & 2) != 0;
  possible.step.isBlocked = (flags & 4) != 0;
  from.number(state);
  possible.state = static_cast<std::uint8_t>(state);
  from.flag(possible.isKnown);
  from.all([&] {
    unsigned kind = 0;
    Access access{};
    from.number(access.object);
    from.number(kind);
    access.kind = static_cast<AccessKind>(kind);
    possible.accesses.push_back(access);
  });
  return possible;
}

inline DecisionPath readPath(CheckpointReader& from) {
  DecisionPath path;
  from.all([&] {
    DecisionPath::Node node;
    from.number(node.chosen);
    from.all([&] { node.all.push_back(readPossible(from)); });
    if (node.chosen >= node.all.size()) CheckpointReader::complain();
    path.nodes.push_back(std::move(node));
  });
  from.all([&] {
    DecisionPath::Choice choice{};
    from.number(choice.n);
    from.number(choice.value);
    from.number(choice.picks);
    path.choices.push_back(choice);
  });
  return path;
}

}  // namespace tincan::inline abi0::testing::detail
