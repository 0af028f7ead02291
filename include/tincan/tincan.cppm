// tincan/tincan.cppm - the module tincan: everything an application needs, by `import tincan;`
module;

#include <tincan/tincan.hpp>

export module tincan;

export namespace tincan {

using tincan::Arguments;
using tincan::Bus;
using tincan::BusOptions;
using tincan::Channel;
using tincan::ChannelName;
using tincan::DeadLetter;
using tincan::Endpoint;
using tincan::Errc;
using tincan::Error;
using tincan::ErrorReport;
using tincan::Event;
using tincan::Future;
using tincan::HighWater;
using tincan::InboxOptions;
using tincan::InvokeEvent;
using tincan::Listener;
using tincan::Main;
using tincan::MessageChannel;
using tincan::MessagePort;
using tincan::Overflow;
using tincan::Peer;
using tincan::Pending;
using tincan::Renderer;
using tincan::RendererThread;
using tincan::Reply;
using tincan::ReturnValue;
using tincan::Scope;
using tincan::ScopedListener;
using tincan::SendResult;
using tincan::Stats;
using tincan::StopToken;
using tincan::Task;
using tincan::Timer;
using tincan::Value;
using tincan::Version;
using tincan::Within;
using tincan::all;
using tincan::any;
using tincan::runAll;
using tincan::version;

}  // namespace tincan
