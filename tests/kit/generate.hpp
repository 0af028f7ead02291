// tests/kit/generate.hpp - draws a program of some kind
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "program.hpp"

namespace kit {

/// Which programs there are: what they are made of, and what they are good for.
struct Kind {
  std::string_view name;
  std::vector<Verb> verbs;  // one that is there twice is drawn twice as often
  std::vector<Answering> answers;
  bool onThreads = true;   // threads can do all that it does
  bool isBounded = false;  // some inboxes are
  bool mayEnd = true;      // bodies may end without a run()
  bool spawns = false;     // the last endpoint is there only once it was spawned
  Claimed claimed = Claimed::Nothing;
  bool hasFaults = false;
};

inline std::vector<Kind> const& kinds() {
  using enum Verb;
  using A = Answering;
  static std::vector<Kind> const all{
      {.name = "messages",
       .verbs = {Send, Send, Send, SendToHost, Broadcast, Post, Once, Off},
       .answers = {A::Nothing},
       .mayEnd = false},
      {.name = "requests",
       .verbs = {Send, Request, Request, Invoke, RequestThen, InvokeThen, Ask, Ready, Ready, Get,
                 Cancel, Drop},
       .answers = {A::Nothing, A::Value, A::Value, A::Value, A::Look, A::Throw}},
      {.name = "handlers",
       .verbs = {Send, Send, RequestThen, InvokeThen, InvokeThen, Invoke, Ready, Handle,
                 RemoveHandler, Scope, Off, Once},
       .answers = {A::Nothing, A::Value}},
      {.name = "answers",
       .verbs = {Send, RequestThen, RequestThen, Request, Ready, Drop, Answer, Answer, Fail,
                 DropReplies, IsCancelled},
       .answers = {A::Value, A::Keep, A::Keep, A::Twice, A::Move, A::MoveTwo}},
      {.name = "ends",
       .verbs = {Send, Send, SendToHost, Request, RequestThen, Ready, Close, Quit, Spawn, Spawn,
                 IsAlive, Find},
       .answers = {A::Nothing, A::Value, A::Keep},
       .spawns = true},
      {.name = "bounds",
       .verbs = {Send, Send, Send, RequestThen, Request, Ready},
       .answers = {A::Nothing, A::Value},
       .isBounded = true},
      {.name = "ports",
       .verbs = {Send, OpenPort, OpenPort, PostToPort, PostToPort, PassPort, StartPort, ClosePort},
       .answers = {A::Nothing}},
      {.name = "polls",
       .verbs = {Send, Send, Poll, RequestThen, Request, Ready, Post},
       .answers = {A::Nothing, A::Value}},
      {.name = "timers",
       .verbs = {Send, Send, After, After, Post, Poll, Quit, RequestThen},
       .answers = {A::Nothing, A::Value}},
      {.name = "wakes",
       .verbs = {Send, Send, Send, Wake, Wake, Unwake, Poll, Quit},
       .answers = {A::Nothing}},
      {.name = "besides",
       .verbs = {Send, Send, Attach, Attach, SendBeside, SendBeside, PollBeside, Poll},
       .answers = {A::Nothing}},
      {.name = "shared",
       .verbs = {Send, SendShared, SendShared, PollShared, PollShared, ReleaseShared, Poll},
       .answers = {A::Nothing}},
      {.name = "latest",
       .verbs = {Send, SendLatest, SendLatest, SendLatest, KeepLast, Once, Off, Poll},
       .answers = {A::Nothing}},
      {.name = "gone",
       .verbs = {Send, Send, OnClose, OnClose, OnClose, Close, Quit, Spawn, IsAlive, RequestThen},
       .answers = {A::Nothing, A::Value},
       .spawns = true},
      {.name = "tasks",
       .verbs = {Send, Send, Send, AwaitTwo, AwaitAny, CancelTask, Answer},
       .answers = {A::Value, A::Value, A::Nothing, A::Keep, A::Throw}},
      {.name = "claims",
       .verbs = {Send, Send, Mark, Mark, Mark, RequestThen, Ask},
       .answers = {A::Value},
       .onThreads = false,
       .claimed = Claimed::Anything},
      {.name = "watches",
       .verbs = {Send, Send, Mark, Mark, RequestThen, Ask, Ready},
       .answers = {A::Value, A::Nothing},
       .onThreads = false,
       .claimed = Claimed::Watched},
      {.name = "faults",
       .verbs = {Send, Send, AskBriefly, AskBriefly, RequestThen, Request, Ready, IsAlive},
       .answers = {A::Nothing, A::Value, A::Keep},
       .onThreads = false,
       .hasFaults = true},
  };
  return all;
}

/// Draws programs from a seed.
class Generator {
 public:
  Generator(Kind const& kind, std::uint64_t seed) : kind_(kind), engine_(seed) {}

  Program program() {
    Program program;
    program.claimed = kind_.claimed;
    if (kind_.hasFaults) (oneIn(2) ? program.crashes : program.timeouts) = 1;
    program.actors.resize(2 + below(3));
    actors_ = static_cast<unsigned>(program.actors.size());
    if (kind_.spawns && actors_ > 2) spawner_ = 1 + below(actors_ - 2);  // not main
    for (unsigned a = 0; a < actors_; ++a) program.actors[a] = actor(a);
    if (spawner_.has_value()) program.actors.back().spawnedBy = spawner_;
    return program;
  }

 private:
  unsigned below(unsigned n) { return static_cast<unsigned>(engine_() % n); }
  bool oneIn(unsigned n) { return below(n) == 0; }
  template <class T>
  T oneOf(std::vector<T> const& all) {
    return all[below(static_cast<unsigned>(all.size()))];
  }

  Actor actor(unsigned self) {
    Actor actor;
    actor.runs = !kind_.mayEnd || !oneIn(5);
    if (self != 0) actor.body = actions(self, below(5), 0);
    if (self != 0 && kind_.isBounded && !oneIn(3)) {
      actor.inbox.capacity = 1 + below(2);
      actor.inbox.overflow = static_cast<tincan::Overflow>(below(4));
    }
    for (unsigned c = 0; c < Channels; ++c) {
      Handler& handler = actor.on[c];
      if (c + 1 < Channels) handler.actions = actions(self, below(4), c + 1);
      handler.answering = oneOf(kind_.answers);
      handler.startsPorts = !oneIn(3);
    }
    return actor;
  }
  Actions actions(unsigned self, unsigned count, unsigned lowest) {
    Actions actions;
    while (count-- > 0) actions.push_back(action(self, lowest));
    return actions;
  }
  Action action(unsigned self, unsigned lowest) {
    Action action{oneOf(kind_.verbs), below(actors_), lowest + below(Channels - lowest)};
    bool const isOfMain = action.verb == Verb::Broadcast || action.verb == Verb::Scope;
    if (isOfMain && self != 0) action.verb = Verb::Send;
    // Else main would wake itself, again and again.
    if (action.verb == Verb::Wake && self == 0) action.verb = Verb::Send;
    if (action.verb == Verb::Spawn) {
      if (spawner_ == self) action.to = actors_ - 1;
      else action.verb = Verb::Send;
    }
    return action;
  }

  Kind const& kind_;
  std::mt19937_64 engine_;
  unsigned actors_ = 0;
  std::optional<unsigned> spawner_;
};

}  // namespace kit
