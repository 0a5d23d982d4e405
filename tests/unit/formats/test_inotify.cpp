#include "formats/inotify.hpp"
#include "support/catch.hpp"

#include <sys/inotify.h>

#include <cstring>
using namespace envfix::formats;

namespace {
std::string record(int wd, std::uint32_t mask, const std::string& padded_name)
{
    inotify_event header{};
    header.wd = wd;
    header.mask = mask;
    header.len = static_cast<std::uint32_t>(padded_name.size());
    std::string out(sizeof header, '\0');
    std::memcpy(out.data(), &header, sizeof header);
    return out + padded_name;
}

std::vector<InotifyEvent> decode(const std::string& bytes)
{
    return decode_inotify(std::as_bytes(std::span(bytes)));
}
} // namespace

TEST_CASE("an overflow is never mistaken for a change")
{
    CHECK(meaning_of({-1, IN_Q_OVERFLOW, ""}) == Meaning::events_lost);
    CHECK(meaning_of({1, IN_MOVED_TO | IN_ISDIR, "d"}) == Meaning::changed);
    CHECK(meaning_of({1, IN_DELETE_SELF, ""}) == Meaning::root_gone);
    CHECK(meaning_of({1, IN_IGNORED, ""}) == Meaning::nothing);
}

TEST_CASE("one read of an inotify descriptor holds several events, their names padded")
{
    const auto bytes =
        record(1, IN_CREATE, std::string("a.py\0\0\0\0", 8)) + record(2, IN_Q_OVERFLOW, "");
    CHECK(decode(bytes) ==
          std::vector<InotifyEvent>{{1, IN_CREATE, "a.py"}, {2, IN_Q_OVERFLOW, ""}});
}

TEST_CASE("a torn last event is dropped wherever it is torn")
{
    const auto whole = record(1, IN_CREATE, std::string("a\0\0\0", 4));
    const auto torn = record(2, IN_DELETE, std::string("b\0\0\0", 4));
    for (std::size_t cut = 0; cut < torn.size(); ++cut)
        CHECK(decode(whole + torn.substr(0, cut)).size() == 1);
}
