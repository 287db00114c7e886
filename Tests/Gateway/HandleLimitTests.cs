using OrleansBroker.Gateway.Connections;

namespace OrleansBroker.Tests.Gateway;

public sealed class HandleLimitTests
{
    [Theory]
    [InlineData("Max open files            20000                20000                files     ", 18_000)]
    [InlineData("Max open files            1024                 524288               files     ", 512)]
    [InlineData("Max open files            256                  256                  files     ", 1)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max pending signals       95763                95763                signals   ", null)]
    public void Connections_leave_files_for_everything_else(string line, int? most) =>
        Assert.Equal(most, HandleLimit.MostConnections(["Limit                     Soft Limit           Hard Limit           Units     ", line]));
}
