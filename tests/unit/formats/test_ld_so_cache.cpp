#include "formats/ld_so_cache.hpp"
#include "support/catch.hpp"

#include <elf.h>

#include <cstdint>
#include <utility>

using namespace envfix;
using formats::LdSoCache;

namespace {

constexpr std::uint32_t k_x86_64 = 0x0303;
constexpr std::uint32_t k_i386 = 0x0003;

struct Entry {
    std::string name;
    std::string path;
    std::uint32_t flags = k_x86_64;
    std::uint64_t hwcap = 0;
};

void put(std::string& bytes, std::uint64_t number, std::size_t size)
{
    for (std::size_t i = 0; i < size; ++i)
        bytes += static_cast<char>(number >> (8 * i));
}

/// As ldconfig writes it: head, entries, texts, and the names of subfolders behind them.
std::string cache_of(const std::vector<Entry>& entries, const std::vector<std::string>& hwcaps = {})
{
    const std::size_t texts_at = 48 + entries.size() * 24;
    std::string texts;
    const auto text = [&](const std::string& value) {
        const auto at = texts_at + texts.size();
        texts += value + '\0';
        return at;
    };
    std::string table;
    for (const auto& entry : entries) {
        put(table, entry.flags, 4);
        put(table, text(entry.name), 4);
        put(table, text(entry.path), 4);
        put(table, 0, 4);
        put(table, entry.hwcap, 8);
    }
    std::string numbers;
    for (const auto& hwcap : hwcaps)
        put(numbers, text(hwcap), 4);
    while (texts.size() % 4 != 0)
        texts += '\0';
    const auto extension_at = texts_at + texts.size();
    std::string bytes = "glibc-ld.so.cache1.1";
    put(bytes, entries.size(), 4);
    put(bytes, texts.size(), 4);
    put(bytes, 2, 4); // little-endian
    put(bytes, hwcaps.empty() ? 0 : extension_at, 4);
    bytes.resize(48);
    bytes += table + texts;
    if (hwcaps.empty()) return bytes;
    put(bytes, 0xeaa42174, 4);
    put(bytes, 1, 4); // one section
    put(bytes, 1, 4);
    put(bytes, 0, 4);
    put(bytes, extension_at + 24, 4);
    put(bytes, numbers.size(), 4);
    return bytes + numbers;
}

std::string found(const std::string& bytes, const std::string& name, std::uint16_t machine = EM_X86_64,
                  const std::vector<std::string>& hwcaps = {})
{
    const auto cache = LdSoCache::parse(bytes);
    REQUIRE(cache);
    return cache->find(name, machine, machine != EM_386, hwcaps).value_or("nothing");
}

const std::vector<Entry> k_plain{{.name = "libz.so.1", .path = "/lib32/libz.so.1", .flags = k_i386},
                                 {.name = "libz.so.1", .path = "/lib/libz.so.1"},
                                 {.name = "libffi.so.8", .path = "/lib/libffi.so.8"}};

} // namespace

TEST_CASE("the cache tells where a library of this machine lies")
{
    const auto bytes = cache_of(k_plain);
    CHECK(LdSoCache::parse(bytes)->size() == 3);
    CHECK(found(bytes, "libz.so.1") == "/lib/libz.so.1");
    CHECK(found(bytes, "libz.so.1", EM_386) == "/lib32/libz.so.1");
    CHECK(found(bytes, "libffi.so.8") == "/lib/libffi.so.8");
    CHECK(found(bytes, "libffi.so") == "nothing");
    CHECK(found(bytes, "libffi.so.8", EM_AARCH64) == "nothing");
    CHECK(found(bytes, "libffi.so.8", EM_RISCV) == "/lib/libffi.so.8"); // the file itself tells there
}

TEST_CASE("the best subfolder that the processor can use wins, and one that it cannot use does not count")
{
    constexpr std::uint64_t k_numbered = std::uint64_t{1} << 62U;
    const auto bytes = cache_of({{.name = "libz.so.1", .path = "/lib/glibc-hwcaps/x86-64-v3/libz.so.1", .hwcap = k_numbered | 1},
                                 {.name = "libz.so.1", .path = "/lib/glibc-hwcaps/x86-64-v2/libz.so.1", .hwcap = k_numbered},
                                 {.name = "libz.so.1", .path = "/lib/libz.so.1"},
                                 {.name = "libz.so.1", .path = "/lib/tls/libz.so.1", .hwcap = std::uint64_t{1} << 63U}},
                                {"x86-64-v2", "x86-64-v3"});
    CHECK(found(bytes, "libz.so.1") == "/lib/libz.so.1");
    CHECK(found(bytes, "libz.so.1", EM_X86_64, {"x86-64-v2"}) == "/lib/glibc-hwcaps/x86-64-v2/libz.so.1");
    CHECK(found(bytes, "libz.so.1", EM_X86_64, {"x86-64-v3", "x86-64-v2"}) == "/lib/glibc-hwcaps/x86-64-v3/libz.so.1");
}

TEST_CASE("the table of old loaders in front is passed over")
{
    for (const std::uint64_t old_entries : {0U, 1U, 2U, 5U}) {
        std::string bytes("ld.so-1.7.0\0", 12);
        put(bytes, old_entries, 4);
        bytes.resize(16 + old_entries * 12);
        bytes.resize((bytes.size() + 7) / 8 * 8);
        CHECK(found(bytes + cache_of(k_plain), "libffi.so.8") == "/lib/libffi.so.8");
    }
}

TEST_CASE("what is no such cache is refused")
{
    CHECK_FALSE(LdSoCache::parse(""));
    CHECK_FALSE(LdSoCache::parse("glibc-ld.so.cache1.0"));
    CHECK_FALSE(LdSoCache::parse(std::string("ld.so-1.7.0\0\xff\xff\xff\xff", 16)));
    auto big_endian = cache_of(k_plain);
    big_endian[28] = 3;
    CHECK_FALSE(LdSoCache::parse(big_endian));
    auto too_many = cache_of(k_plain);
    too_many[23] = '\x7f';
    CHECK_FALSE(LdSoCache::parse(too_many));
}

TEST_CASE("a cache that is cut or lies anywhere does no harm")
{
    const auto whole = cache_of(k_plain, {"x86-64-v2"});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto cache = LdSoCache::parse(whole.substr(0, size));
        if (cache) (void)cache->find("libffi.so.8", EM_X86_64, true, {});
    }
    for (std::size_t at = 20; at < whole.size(); ++at) {
        auto bytes = whole;
        bytes[at] = '\xff';
        const auto cache = LdSoCache::parse(bytes);
        if (cache) (void)cache->find("libffi.so.8", EM_X86_64, true, {});
    }
}
