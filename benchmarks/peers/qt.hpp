// benchmarks/peers/qt.hpp - Qt: QMetaObject::invokeMethod to an object that lives on B
//
// A functor, queued: the event that a queued signal posts, without the need of moc and without
// copies by meta types. Questions go by Qt's own BlockingQueuedConnection. B polls with
// QEventLoop::processEvents().
#pragma once

#include <QCoreApplication>
#include <QEventLoop>
#include <QMetaObject>
#include <QObject>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "desk.hpp"

namespace bench {

class Qt5 {
 public:
  static constexpr auto key = "qt";
  static std::string title() { return fmt::format("Qt {} queued invokeMethod", qVersion()); }

  void open() {
    loop_ = std::make_unique<QEventLoop>();  // gives B, no thread of Qt's, its dispatcher
    receiver_ = std::make_unique<QObject>();
  }
  void close() {
    receiver_.reset();
    loop_.reset();
  }

  template <class F>
  void post(F f) {
    QMetaObject::invokeMethod(receiver_.get(), std::move(f), Qt::QueuedConnection);
  }

  template <class F>
  auto call(F f) {
    std::invoke_result_t<F> answer{};
    QMetaObject::invokeMethod(receiver_.get(), std::move(f), Qt::BlockingQueuedConnection, &answer);
    return answer;
  }

  void poll() { loop_->processEvents(); }

 private:
  static inline char program[] = "benchmark";
  static inline char* arguments[] = {program, nullptr};
  static inline int count = 1;

  QCoreApplication application_{count, arguments};
  std::unique_ptr<QEventLoop> loop_;  // both live on B
  std::unique_ptr<QObject> receiver_;
};

}  // namespace bench
