// tincan/bus.ipp - what joins the threads of a program: the bodies
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <tincan/bus.hpp>
#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/engine.hpp>
#include <tincan/detail/send/thread_record.hpp>
#include <tincan/detail/thread/running.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/renderer.hpp>
#include <tincan/renderer_thread.hpp>
#include <tincan/reports.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE Bus::Bus(BusOptions options, detail::Driver* driver)
    : core_(makeCore(driver)),
      mainCore_(core_->add(core_, "main", options.main)),
      main_(mainCore_) {
  mainCore_->settleHere("Bus");
}

TINCAN_INLINE Bus::~Bus() {
  core_->close();
  // Those that a thread of the bus is just making come later.
  for (auto threads = takeThreads(); !threads.empty(); threads = takeThreads()) {
    for (auto const& record : threads) record->joinClosed();
  }
  core_->takeHooks(core_);
  detail::letDisownedGo();
}

TINCAN_INLINE Renderer Bus::attach(std::string name, InboxOptions options) {
  Renderer renderer(core_->add(core_, std::move(name), options), mainCore_, host());
  detail::PeerAccess::core(renderer.peer())->settleHere("attach");
  return renderer;
}

TINCAN_INLINE void Bus::close() { core_->close(); }

TINCAN_INLINE void Bus::onError(detail::BusCore::ErrorHook hook) {
  core_->setErrorHook(core_, std::move(hook));
}

TINCAN_INLINE void Bus::onDeadLetter(detail::BusCore::DeadLetterHook hook) {
  core_->setDeadLetterHook(core_, std::move(hook));
}

TINCAN_INLINE void Bus::onHighWater(detail::BusCore::HighWaterHook hook) {
  core_->setHighWaterHook(core_, std::move(hook));
}

TINCAN_INLINE Stats Bus::stats() const { return core_->stats(); }

TINCAN_INLINE std::shared_ptr<detail::BusCore> Bus::makeCore(detail::Driver* driver) {
  detail::waitGraph();  // ends of threads and endpoints need it, and must not allocate it
  auto core = std::make_shared<detail::BusCore>();
  core->driveBy(driver);
  return core;
}

TINCAN_INLINE RendererThread Bus::start(std::string name, InboxOptions const& options,
                                        detail::Owned<detail::ThreadBody> body) {
  auto const record =
      std::make_shared<detail::ThreadRecord>(core_->add(core_, std::move(name), options));
  try {
    record->announce();
    StopToken stop = body->takesStop() ? record->core()->stopToken() : StopToken();
    addThread(record);
    record->start([record, main = mainCore_, host = host(), function = std::move(body),
                   token = std::move(stop)]() mutable noexcept {
      runBody(*record, record, std::move(main), std::move(host), std::move(function),
              std::move(token));
      record->ended();
    });
  } catch (...) {
    record->core()->disown();
    record->ended();
    throw;
  }
  return RendererThread(record);
}

TINCAN_INLINE void Bus::runBody(detail::ThreadRecord& record,
                                std::shared_ptr<detail::ThreadRecord> self,
                                std::shared_ptr<detail::EndpointCore> main,
                                std::shared_ptr<detail::EndpointCore> host,
                                detail::Owned<detail::ThreadBody> body, StopToken stop) noexcept {
  auto const core = record.core();
  Renderer renderer(core, std::move(main), std::move(host));
  try {
    record.began(std::move(self));
    if (core->bus->driver() == nullptr) detail::ThreadPlatform::nameThread(core->name);
    core->bind();
    detail::Running const running(*core);
    detail::threadState().body = core.get();
    try {
      body->run(renderer, std::move(stop));
    } catch (Error const& error) {
      if (error.code() != Errc::Closed || !core->isClosed()) report(*core);
    } catch (...) {
      report(*core);
    }
  } catch (...) {
    report(*core);  // no memory for the thread
  }
}

TINCAN_INLINE void Bus::report(detail::EndpointCore& core) noexcept {
  core.bus->reportError({}, core.name, core.name, std::current_exception());
}

TINCAN_INLINE std::shared_ptr<detail::EndpointCore> Bus::host() const {
  detail::EndpointCore* const current = detail::threadState().current;
  return current != nullptr && current->bus == core_ ? current->shared_from_this() : mainCore_;
}

TINCAN_INLINE void Bus::addThread(std::shared_ptr<detail::ThreadRecord> record) {
  Threads added{std::move(record)};
  Threads finished;
  {
    std::lock_guard const lock(threadsMutex_);
    // Closed: the end of the bus may have taken all that it is to join.
    if (!core_->isClosed()) {
      for (auto at = threads_.begin(); at != threads_.end();) {
        auto const old = at++;
        if (!(*old)->isFinished() || (*old)->isThisThread()) continue;
        finished.splice(finished.end(), threads_, old);
      }
      threads_.splice(threads_.end(), added);
    }
  }
  if (!added.empty()) core_->checkOpen("spawn");
  for (auto const& old : finished) old->joinClosed();
}

TINCAN_INLINE Bus::Threads Bus::takeThreads() {
  std::lock_guard const lock(threadsMutex_);
  return std::exchange(threads_, {});
}

}  // namespace tincan::inline abi0
