// tincan/fwd.hpp - declares the public names, for headers that only pass them on
#pragma once

// For functions that take or return them, and for members that point to them. Whoever calls a verb includes
// the header of the class, or tincan/tincan.hpp. Includes nothing. (`namespace tincan { class Bus; }` of one's
// own would declare another class: the library's lie in an inline namespace.)

namespace tincan::inline abi0 {

struct Version;

// ---- errors and reports ----

enum class Errc;
class Error;
struct ErrorReport;
struct DeadLetter;
struct HighWater;
struct Stats;
enum class SendResult;

// ---- channels and values ----

class ChannelName;
template <class Signature>
class Channel;
class Value;

// ---- who is there ----

class Bus;
struct BusOptions;
struct InboxOptions;
enum class Overflow;
class Endpoint;
class Main;
class Renderer;
class RendererThread;
class Peer;
class Within;

// ---- listening and answering ----

class Arguments;
class Listener;
class ScopedListener;
class Scope;
class Timer;
class Event;
class InvokeEvent;
class ReturnValue;
class Reply;
template <class R>
class Future;
class Pending;
template <class R = void>
class Task;

// ---- ports ----

class MessagePort;
struct MessageChannel;

// ---- the test kit ----

namespace testing {

class Simulation;
struct Options;
struct Result;
struct Delivery;
class Failure;
class Records;
class Spy;
class Double;
class Fault;
class Recorder;
class Recording;

}  // namespace testing
}  // namespace tincan::inline abi0
