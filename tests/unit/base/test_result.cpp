#include "base/result.hpp"
#include "base/unique_fd.hpp"

#include "support/catch.hpp"
#include <fcntl.h>

#include <type_traits>
using namespace envfix;

namespace {
Result<int> parse(int x)
{
    if (x < 0) return fail(ErrorCode::malformed, "negative");
    return x;
}

Result<int> twice(int x)
{
    ENVFIX_TRY(const int v, parse(x));
    ENVFIX_TRY(auto w, parse(v));
    return v + w;
}

Result<void> nothing()
{
    return {};
}

Result<std::string> text(int x)
{
    return parse(x).map([](int v) { return std::to_string(v); });
}
} // namespace

TEST_CASE("a failed step ends the function with its error")
{
    CHECK(twice(2).value() == 4);
    CHECK(twice(-1).error() == Error{ErrorCode::malformed, "negative"});
    CHECK(nothing().has_value());
    CHECK(text(4).value() == "4");
    CHECK(text(-4).error().code == ErrorCode::malformed);
}

TEST_CASE("moving a descriptor onto itself keeps it open")
{
    UniqueFd fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    auto& same = fd;
    fd = std::move(same);
    CHECK(fd);
    CHECK(::fcntl(fd.get(), F_GETFD) >= 0);
}
