// tests/kit/program.hpp - a small program that uses a bus: who is there, and what each of them does
#pragma once

#include <tincan/inbox_options.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kit {

inline constexpr unsigned Channels = 3;
inline constexpr std::array<char const*, Channels> channelNames{"0", "1", "2"};

/// What an endpoint does. Most verbs are aimed at another endpoint's channel.
enum class Verb : unsigned {
  Send,
  SendToHost,
  Broadcast,  // main only
  Post,       // a function to itself
  Once,
  Off,
  Scope,  // main only: a listener for what that endpoint sends
  Handle,
  RemoveHandler,
  Poll,
  Request,  // its future is kept
  Invoke,   // as Request
  RequestThen,
  InvokeThen,
  Ask,
  AskBriefly,
  Ready,  // the kept futures, here and below
  Get,
  Cancel,
  Drop,
  Answer,  // the kept replies, here and below
  Fail,
  DropReplies,
  IsCancelled,
  Close,  // itself
  Quit,   // itself
  Spawn,
  IsAlive,
  Find,
  OpenPort,    // one end is kept, the other one sent
  PostToPort,  // at the last kept end, here and below
  PassPort,
  StartPort,
  ClosePort,
  Mark,  // counts up a number that claims look at
  After,  // a timer that is due, and makes another one, as often as the channel is below the last one
  Wake,        // a hook of onWake() that tells main
  Unwake,      // takes it away
  Attach,      // one more endpoint of the same thread
  SendBeside,  // to that one of another endpoint
  PollBeside,
  PollShared,  // an endpoint that is whose polls it first
  ReleaseShared,
  SendShared,
  SendLatest,
  KeepLast,
  OnClose,
  AwaitTwo,  // one answer, then another one, in a Task that is kept
  AwaitAny,  // one of two answers, likewise
  CancelTask,
  Count
};
inline constexpr std::array<std::string_view, static_cast<std::size_t>(Verb::Count)> verbNames{
    "send",          "sendToHost", "broadcast",     "post",       "once",        "off",
    "scope",         "handle",     "removeHandler", "poll",       "request",     "invoke",
    "requestThen",   "invokeThen", "ask",           "askBriefly", "ready",       "get",
    "cancel",        "drop",       "answer",        "fail",       "dropReplies", "isCancelled",
    "close",         "quit",       "spawn",         "isAlive",    "find",        "openPort",
    "postToPort",    "passPort",   "startPort",     "closePort",  "mark",        "after",
    "wake",          "unwake",     "attach",        "sendBeside", "pollBeside",  "pollShared",
    "releaseShared", "sendShared", "sendLatest",    "keepLast",   "onClose",     "awaitTwo",
    "awaitAny",      "cancelTask"};
static_assert(verbNames.back() == "cancelTask");

inline bool isForShared(Verb verb) {
  return verb == Verb::PollShared || verb == Verb::ReleaseShared || verb == Verb::SendShared;
}

struct Action {
  Verb verb;
  unsigned to;
  unsigned channel;  // of a PostToPort the value, which is handled as a message of that channel
};
using Actions = std::vector<Action>;

/// How a listener answers, once it has done all else.
enum class Answering : unsigned {
  Nothing,
  Value,
  Throw,
  Look,   // whether anybody waits, before and after all else; then answers
  Keep,   // a Reply, for later
  Twice,  // by a Reply and by the return value
  Move,   // a Reply, to the next endpoint
  MoveTwo,
  Count
};
inline constexpr std::array<std::string_view, static_cast<std::size_t>(Answering::Count)>
    answeringNames{"nothing",       "answers",       "throws",          "looks, answers",
                   "keeps a Reply", "answers twice", "sends its Reply", "sends two Replies"};

/// What is done on a message. Its actions are aimed at higher channels only, so that all ends.
struct Handler {
  Actions actions{};
  Answering answering = Answering::Nothing;
  bool startsPorts = false;
};

struct Actor {
  Actions body{};  // main has none
  bool runs = true;
  std::optional<unsigned> spawnedBy{};  // else it is there from the beginning
  tincan::InboxOptions inbox{};
  std::array<Handler, Channels> on{};
};

/// Whether a claim looks at what is marked, and says that it looks at nothing else.
enum class Claimed { Nothing, Anything, Watched };

struct Program {
  std::vector<Actor> actors{};  // main is the first one
  unsigned crashes = 0, timeouts = 0;
  Claimed claimed = Claimed::Nothing;
};

inline std::string nameOf(std::size_t actor) {
  return actor == 0 ? "main" : std::string(1, static_cast<char>('a' + actor - 1));
}

/// Calls `function` with each list of actions of the program, const or not.
template <class AnyProgram, class F>
void forEachActions(AnyProgram& program, F&& function) {
  for (auto& actor : program.actors) {
    std::invoke(function, actor.body);
    for (auto& handler : actor.on) std::invoke(function, handler.actions);
  }
}

// ---- for people ---------------------------------------------------------------------------------

/// Says it like "send a.1".
inline std::string describe(Action const& action) {
  return std::string(verbNames[static_cast<std::size_t>(action.verb)]) + " " + nameOf(action.to) +
         "." + channelNames[action.channel];
}
inline std::string describe(Actions const& actions) {
  std::string text;
  for (Action const& action : actions) text += (text.empty() ? "" : ", ") + describe(action);
  return text;
}
inline std::string describe(Handler const& handler) {
  std::string text = describe(handler.actions);
  if (handler.answering != Answering::Nothing) {
    if (!text.empty()) text += "; ";
    text += answeringNames[static_cast<std::size_t>(handler.answering)];
  }
  return text + (handler.startsPorts ? " (starts ports)" : "");
}
inline std::string describe(tincan::InboxOptions const& inbox) {
  constexpr std::array<std::string_view, 4> overflows{"Fail", "Block", "DropNewest", "DropOldest"};
  if (inbox.capacity == 0) return "";
  return ", inbox of " + std::to_string(inbox.capacity) + ", " +
         std::string(overflows[static_cast<std::size_t>(inbox.overflow)]);
}
inline std::string describe(Program const& program) {
  std::string text;
  for (std::size_t a = 0; a < program.actors.size(); ++a) {
    Actor const& actor = program.actors[a];
    text += "  " + nameOf(a);
    if (actor.spawnedBy.has_value()) text += ", spawned by " + nameOf(*actor.spawnedBy);
    text += describe(actor.inbox) + ": " + describe(actor.body);
    if (a != 0) text += std::string(actor.body.empty() ? "" : ", ") + (actor.runs ? "run" : "end");
    text += "\n";
    for (unsigned c = 0; c < Channels; ++c) {
      std::string const handler = describe(actor.on[c]);
      if (!handler.empty())
        text += std::string("    on ") + channelNames[c] + ": " + handler + "\n";
    }
  }
  if (program.crashes != 0) text += "  crashes: " + std::to_string(program.crashes) + "\n";
  if (program.timeouts != 0) text += "  timeouts: " + std::to_string(program.timeouts) + "\n";
  return text;
}

}  // namespace kit
