#include <tincan/channel_name.hpp>

#include <string>
#include <string_view>

int main() {
  constexpr tincan::ChannelName literal("ping");
  std::string const text = "ping";
  tincan::ChannelName const ofText(text);
  tincan::ChannelName const ofView(std::string_view("ping"));
  return literal == ofText && ofText == ofView && literal.name() == "ping" ? 0 : 1;
}
