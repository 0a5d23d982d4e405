#include "capture/trail.hpp"

#include <cstdint>
#include <cstdlib>

using namespace envfix;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    fs::ByteReader in(bytes);
    const auto trail = capture::Trail::take(in);
    if (!in.finish("a trail")) return 0;
    fs::ByteWriter out;
    trail.put(out);
    fs::ByteReader again(out.bytes());
    if (fs::ByteWriter once; capture::Trail::take(again).put(once), once.bytes() != out.bytes()) std::abort();
    return 0;
}
