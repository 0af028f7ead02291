// tincan/renderer_thread.ipp - the handle of a thread that a bus has spawned: the bodies
#pragma once

#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/engine.hpp>
#include <tincan/detail/send/thread_record.hpp>
#include <tincan/peer.hpp>
#include <tincan/renderer_thread.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE RendererThread& RendererThread::operator=(RendererThread&& other) noexcept {
  if (this != &other) {
    end();
    record_ = std::move(other.record_);
  }
  return *this;
}

TINCAN_INLINE void RendererThread::end() noexcept {
  if (record_ == nullptr) return;
  if (!record_->mayEndHere()) return record_.reset();
  try {
    record_->quit();
  } catch (...) {
    record_->core()->close();  // no memory for a quit: the body ends with Closed
  }
  record_->joinAtEnd();
  record_.reset();
}

TINCAN_INLINE Peer RendererThread::peer() const {
  return record_ == nullptr ? Peer() : detail::PeerAccess::make(record_->core());
}

TINCAN_INLINE void RendererThread::join() {
  if (record_ != nullptr) record_->join();
}

}  // namespace tincan::inline abi0
