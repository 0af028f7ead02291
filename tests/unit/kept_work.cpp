// tests/unit/kept_work.cpp - what is left for an endpoint's thread outside its inbox
#include <tincan/tincan.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

namespace {

using tincan::detail::AnswerSlot;
using tincan::detail::KeptWork;
using tincan::detail::Notices;
using tincan::detail::PostedFunction;
using tincan::detail::Registration;
using tincan::detail::TaskPtr;

struct NotedFunction final : PostedFunction {
  NotedFunction(std::vector<int>& ran, int number) : log(ran), which(number) {}
  void run() override { log.push_back(which); }

  std::vector<int>& log;
  int which;
};
struct NamelessRegistration final : Registration {
  NamelessRegistration() : Registration(nullptr) {}
};

}  // namespace

TEST_CASE("kept work: tasks come out in the order in which they were kept") {
  Notices notices;
  KeptWork kept(notices);
  std::vector<int> ran;
  CHECK(notices.seemEmpty());
  for (int i = 0; i < 3; ++i) {
    TaskPtr task = tincan::detail::Owned<NotedFunction>::make(ran, i);
    REQUIRE(kept.keep(task));
  }
  CHECK(notices.has(Notices::Kept));
  KeptWork::Work work = kept.take();
  CHECK(notices.seemEmpty());
  while (TaskPtr const task = work.tasks.pop()) task->run();
  CHECK(ran == std::vector<int>{0, 1, 2});
}

TEST_CASE("kept work: answers are linked in their order, and a fork is told once") {
  Notices notices;
  KeptWork kept(notices);
  AnswerSlot slots[2];
  REQUIRE(kept.keep(&slots[0]));
  REQUIRE(kept.keep(&slots[1]));
  notices.add(Notices::Kept | Notices::Forked);
  KeptWork::Work const work = kept.take();
  CHECK(work.answers == &slots[0]);
  CHECK(slots[0].nextFree == &slots[1]);
  CHECK(slots[1].nextFree == nullptr);
  CHECK(work.isForked);
  KeptWork::Work const none = kept.take();
  CHECK(none.answers == nullptr);
  CHECK_FALSE(none.isForked);
  REQUIRE(kept.keep(&slots[1]));
  CHECK(kept.take().answers == &slots[1]);
}

TEST_CASE("kept work: a registration is removed once, with the largest clock") {
  Notices notices;
  KeptWork kept(notices);
  auto const one = std::make_shared<NamelessRegistration>();
  auto const other = std::make_shared<NamelessRegistration>();
  kept.keepRemoval(one, 7);
  kept.keepRemoval(other, 5);
  kept.keepRemoval(one, 9);
  CHECK(notices.has(Notices::Leaving));
  KeptWork::Removals const removals = kept.takeRemovals();
  CHECK(removals.clock == 7);
  REQUIRE(removals.first == other);
  CHECK(removals.first->nextLeaving == one);
  CHECK(one->nextLeaving == nullptr);
  CHECK_FALSE(notices.has(Notices::Leaving));
}

TEST_CASE("kept work: it ends only when nothing is left, and then keeps nothing") {
  Notices notices;
  KeptWork kept(notices);
  std::vector<int> ran;
  TaskPtr task = tincan::detail::Owned<NotedFunction>::make(ran, 1);
  REQUIRE(kept.keep(task));
  CHECK_FALSE(kept.end());
  static_cast<void>(kept.take());
  CHECK(kept.end());
  task = tincan::detail::Owned<NotedFunction>::make(ran, 2);
  CHECK_FALSE(kept.keep(task));
  CHECK(task != nullptr);
  AnswerSlot slot;
  CHECK_FALSE(kept.keep(&slot));
  kept.keepRemoval(std::make_shared<NamelessRegistration>(), 1);
  CHECK(kept.takeRemovals().first == nullptr);
  CHECK(notices.seemEmpty());
}
