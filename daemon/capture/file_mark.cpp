#include "capture/file_mark.hpp"

namespace envfix::capture {

FileMark FileMark::of(const fs::Status& status)
{
    return {.device = status.device,
            .inode = status.inode,
            .size = status.size,
            .mtime_ns = status.mtime_ns,
            .ctime_ns = status.ctime_ns};
}

bool FileMark::is_recent(std::int64_t now_ns) const
{
    constexpr std::int64_t k_racy_ns = 2'000'000'000;
    return now_ns < ctime_ns || now_ns - ctime_ns < k_racy_ns;
}

void FileMark::put(fs::ByteWriter& out) const
{
    out.u64(device).u64(inode).u64(size).i64(mtime_ns).i64(ctime_ns);
}

FileMark FileMark::take(fs::ByteReader& in)
{
    FileMark mark;
    mark.device = in.u64();
    mark.inode = in.u64();
    mark.size = in.u64();
    mark.mtime_ns = in.i64();
    mark.ctime_ns = in.i64();
    return mark;
}

} // namespace envfix::capture
