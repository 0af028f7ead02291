#include <tincan/fwd.hpp>

namespace {

// What fits a declaration, in each of its ways.
struct Holds {
  tincan::Arguments const* arguments;
  tincan::Bus* bus;
  tincan::BusOptions* busOptions;
  tincan::Channel<int(int)> const* channel;
  tincan::ChannelName const* name;
  tincan::DeadLetter const* letter;
  tincan::Endpoint* endpoint;
  tincan::Error const* error;
  tincan::ErrorReport const* report;
  tincan::Event* event;
  tincan::Future<int>* future;
  tincan::HighWater const* water;
  tincan::InboxOptions* inbox;
  tincan::InvokeEvent* invokeEvent;
  tincan::Listener* listener;
  tincan::Main* main;
  tincan::MessageChannel* ports;
  tincan::MessagePort* port;
  tincan::Peer* peer;
  tincan::Renderer* renderer;
  tincan::RendererThread* thread;
  tincan::Reply* reply;
  tincan::ReturnValue* returnValue;
  tincan::Scope* scope;
  tincan::ScopedListener* scoped;
  tincan::Stats const* stats;
  tincan::Task<>* task;
  tincan::Task<int>* taskOfInt;
  tincan::Value* value;
  tincan::Version const* version;
  tincan::Within* within;
  tincan::testing::Delivery* delivery;
  tincan::testing::Double* twin;
  tincan::testing::Failure* failure;
  tincan::testing::Fault* fault;
  tincan::testing::Options* options;
  tincan::testing::Recorder* recorder;
  tincan::testing::Recording* recording;
  tincan::testing::Records* records;
  tincan::testing::Result* result;
  tincan::testing::Simulation* simulation;
  tincan::testing::Spy* spy;
  tincan::Errc code;  // the enumerations are complete
  tincan::SendResult sent;
  tincan::Overflow overflow;
};

}  // namespace

int main() {
  Holds const holds{};
  return holds.bus == nullptr ? 0 : 1;
}
