// tincan/detail/thread/thread_party.hpp - a thread, as somebody who is waited for
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <tincan/detail/answer/party.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

/// A thread under a name of its own. A wait for it ends only with what is waited for.
class ThreadParty final : public Party<ThreadPlatform> {
 public:
  ThreadParty(std::shared_ptr<ThreadToken> token, std::string name)
      : hold_(std::move(token)), name_(std::move(name)) {
    setOwner(hold_.get());
  }
  std::string displayName() const override { return name_; }
  bool isOver() const noexcept override { return false; }

 private:
  std::shared_ptr<ThreadToken> const hold_;
  std::string const name_;
};

}  // namespace tincan::inline abi0::detail
