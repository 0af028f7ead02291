#include <tincan/stop_token.hpp>

int main() {
  tincan::StopToken const token;
  return token.stop_possible() ? 1 : 0;
}
