// expect: tincan: Value::take<T>() moves the value out: T is no reference.
#include <tincan/tincan.hpp>

int& test(tincan::Value& value) { return value.take<int&>(); }
