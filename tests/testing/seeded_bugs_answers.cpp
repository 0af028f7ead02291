// tests/testing/seeded_bugs_answers.cpp - bugs of requests and answers, which explore must find
#include "seeded_bugs.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

using tincan::Event;
using tincan::Peer;
using tincan::Renderer;
using tincan::testing::Simulation;

namespace {

/// Main remembers one caller, and two may ask at once.
void wrongCaller(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const caller = std::make_shared<std::map<std::string, Peer>>();
  auto const got = std::make_shared<std::map<std::string, std::string>>();
  sim.spawn("backend", [](Renderer& ipc) {
    ipc.on("look up", [](Event& event, std::string const& who) { event.reply("found", who); });
    ipc.run();
  });
  Peer const backend = *main.renderer("backend");
  main.on("login", [](Event& event) { event.returnValue = true; });
  main.on("who am I", [=](Event& event) {
    caller->insert_or_assign(fixed ? event.sender.name() : "", event.sender);
    backend.send("look up", event.sender.name());
  });
  main.on("found",
          [=](std::string const& who) { caller->at(fixed ? who : "").send("you are", who); });
  for (std::string const name : {"ann", "bob"}) {
    sim.spawn(name, [=](Renderer& ipc) {
      ipc.on("you are", [=](std::string const& who) { (*got)[name] = who; });
      if (name == "bob") ipc.sendSync("login");
      ipc.send("who am I");
      ipc.run();
    });
  }
  auto const answers = sim.watch("answers", [got] { return *got; });
  sim.always("each gets its own answer", {answers}, [got] {
    return std::all_of(got->begin(), got->end(),
                       [](auto const& one) { return one.first == one.second; });
  });
}

/// A window asks for a title as soon as it is ready, but listens only once its page is loaded.
void replyBeforeSubscribe(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const title = std::make_shared<std::string>();
  main.on("get title", [](Event& event) { event.reply("title", "tincan"); });
  sim.spawn("window", [=](Renderer& ipc) {
    auto const listen = [=, &ipc] {
      ipc.on("title", [title](std::string const& text) { *title = text; });
    };
    if (fixed) listen();
    ipc.send("get title");
    ipc.on("page loaded", [=] {
      if (!fixed) listen();
    });
    ipc.run();
  });
  Peer const window = *main.renderer("window");
  sim.spawn("loader", [=](Renderer&) { window.send("page loaded"); });
  sim.eventually("the title is shown", [title] { return *title == "tincan"; });
}

/// A job goes to its worker by way of main, its cancellation goes there directly.
void lateCancellation(Simulation& sim, bool fixed) {
  struct Jobs {
    std::set<int> running, cancelled;
  };
  auto& main = sim.bus().main();
  auto const jobs = std::make_shared<Jobs>();
  sim.spawn("worker", [=](Renderer& ipc) {
    ipc.on("start", [=](int job) {
      if (fixed && jobs->cancelled.contains(job)) return;
      jobs->running.insert(job);
    });
    ipc.on("cancel", [=](int job) {
      jobs->running.erase(job);
      jobs->cancelled.insert(job);
    });
    ipc.run();
  });
  Peer const worker = *main.renderer("worker");
  main.on("start", [worker](int job) { worker.send("start", job); });
  sim.spawn("files", [](Renderer& ipc) {
    ipc.on("save", [](Event& event) { event.returnValue = true; });
    ipc.run();
  });
  Peer const files = *main.renderer("files");
  sim.spawn("window", [=](Renderer& ipc) {
    ipc.send("start", 1);
    files.sendSync("save");
    worker.send("cancel", 1);
  });
  sim.eventually("nothing runs that was cancelled", [jobs] { return jobs->running.empty(); });
}

/// A payment that was cancelled after its time, and then is confirmed.
void deadlineAgainstAnswer(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  struct Order {
    bool isPaid = false, isCancelled = false;
  };
  auto const order = std::make_shared<Order>();
  main.on("paid", [=](Event& event) {
    if (fixed && order->isCancelled) {
      event.reply("pay back");
    } else {
      order->isPaid = true;
    }
  });
  main.on("time is up", [=] { order->isCancelled = !order->isPaid; });
  sim.spawn("bank", [](Renderer& ipc) {
    ipc.on("pay back", [] {});
    ipc.send("paid");
    ipc.run();
  });
  sim.spawn("clock", [](Renderer& ipc) { ipc.send("time is up"); });
  sim.always("paid or cancelled, not both",
             [order] { return !order->isPaid || !order->isCancelled; });
}

/// A shop that has heard nothing asks its bank again.
void retryRunsTwice(Simulation& sim, bool fixed) {
  struct Account {
    int charged = 0;
    std::set<int> known;
    bool isConfirmed = false;
  };
  auto& main = sim.bus().main();
  auto const account = std::make_shared<Account>();
  main.on("charge", [=](Event& event, int payment) {
    if (!fixed || account->known.insert(payment).second) ++account->charged;
    event.reply("confirmed");
  });
  main.on("login", [](Event& event) { event.returnValue = true; });
  sim.spawn("shop", [=](Renderer& ipc) {
    ipc.on("confirmed", [account] { account->isConfirmed = true; });
    ipc.on("tick", [=, &ipc] {
      if (!account->isConfirmed) ipc.send("charge", 1);
    });
    ipc.send("charge", 1);
    ipc.run();
  });
  Peer const shop = *main.renderer("shop");
  sim.spawn("clock", [shop](Renderer& ipc) {
    ipc.sendSync("login");
    shop.send("tick");
  });
  sim.eventually("charged once", [account] { return account->charged == 1; });
}

/// The last vote decides, though each has to be yes.
void commitWithoutAbort(Simulation& sim, bool fixed) {
  struct Votes {
    int count = 0;
    bool areYes = true, isCommitted = false;
  };
  auto& main = sim.bus().main();
  auto const votes = std::make_shared<Votes>();
  main.on("vote", [=](bool isYes) {
    votes->areYes = isYes && (!fixed || votes->areYes);
    if (++votes->count == 2) votes->isCommitted = votes->areYes;
  });
  sim.spawn("stock", [](Renderer& ipc) { ipc.send("vote", true); });
  sim.spawn("bank", [](Renderer& ipc) { ipc.send("vote", false); });
  sim.eventually("nothing is committed against a vote", [votes] { return !votes->isCommitted; });
}

/// Who has heard of no leader when its time comes becomes one.
void twoLeaders(Simulation& sim, bool fixed) {
  auto& main = sim.bus().main();
  auto const leaders = std::make_shared<std::set<std::string>>();
  auto const elected = std::make_shared<bool>(false);
  main.on("may I", [elected](Event& event) { event.returnValue = !std::exchange(*elected, true); });
  for (std::string const name : {"one", "two"}) {
    sim.spawn(name, [=](Renderer& ipc) {
      bool isLed = false;
      ipc.on("I lead", [&isLed] { isLed = true; });
      ipc.on("time", [=, &ipc, &isLed] {
        if (isLed || (fixed && !ipc.sendSync<bool>("may I"))) return;
        leaders->insert(name);
        ipc.peer(name == "one" ? "two" : "one")->send("I lead");
      });
      ipc.run();
    });
  }
  Peer const one = *main.renderer("one"), two = *main.renderer("two");
  main.on("login", [](Event& event) { event.returnValue = true; });
  sim.spawn("clock", [=](Renderer& ipc) {
    one.send("time");
    ipc.sendSync("login");
    two.send("time");
  });
  sim.eventually("one leads", [leaders] { return leaders->size() == 1; });
}

}  // namespace

TEST_CASE("seeded bug: an answer to the wrong caller") {
  seeded::finds(wrongCaller, "always: each gets its own answer", 1);
}
TEST_CASE("seeded bug: a reply before there is a listener for it") {
  seeded::finds(replyBeforeSubscribe,
                "nobody hears a message from 'main': 'title': nobody listens at 'window'; "
                "Options::allowDead may allow it",
                1);
}
TEST_CASE("seeded bug: a late cancellation") {
  seeded::finds(lateCancellation, "eventually: nothing runs that was cancelled", 2);
}
TEST_CASE("seeded bug: a deadline against an answer") {
  seeded::finds(deadlineAgainstAnswer, "always: paid or cancelled, not both", 1);
}
TEST_CASE("seeded bug: a retry that runs twice") {
  seeded::finds(retryRunsTwice, "eventually: charged once", 2);
}
TEST_CASE("seeded bug: a two-phase commit without abort") {
  seeded::finds(commitWithoutAbort, "eventually: nothing is committed against a vote", 1);
}
TEST_CASE("seeded bug: an election with two leaders") {
  seeded::finds(twoLeaders, "eventually: one leads", 2);
}
