using System.Globalization;

namespace OrleansBroker.FaultLab.Cluster;

/// <summary>
/// The machines of a run. Each is a network namespace on a bridge, which is in a namespace of its own, so that no firewall of this machine
/// sees it; clients are in the machine's own. Where that is not allowed all machines are this one, on ports of their own.
/// </summary>
internal sealed class LabNetwork : IAsyncDisposable
{
    // A frame to an address that nobody has is dropped by all: so one direction of a pair is cut, without a word to the sender.
    private const string NobodysAddress = "02:00:00:00:00:ff";
    private const int Slots = 250;

    private readonly string? _prefix;
    private readonly List<string> _namespaces = [];

    private LabNetwork(string? prefix) => _prefix = prefix;

    /// <summary>Whether the machines are namespaces, between which connections can be cut.</summary>
    public bool IsIsolated => _prefix is not null;

    /// <summary>The name of this run's namespaces.</summary>
    public string Name => _prefix ?? "loopback";

    /// <summary>A network of namespaces. Several runs take different names and addresses.</summary>
    public static async Task<LabNetwork> OpenAsync()
    {
        for (var slot = 0; slot < Slots; slot++)
        {
            var network = new LabNetwork($"fl{slot}");
            // It fails where the name is taken: that makes the choice of a slot safe among labs that start at once.
            if ((await HostCommand.TryAsync("ip", "netns", "add", network.Hub)) is var (code, output) && code == 0)
            {
                try
                {
                    await network.BuildHubAsync(slot);
                    return network;
                }
                catch (LabException)
                {
                    await network.DisposeAsync();
                    throw;
                }
            }

            if (!output.Contains("File exists", StringComparison.Ordinal))
            {
                throw new LabException($"Network namespaces are refused here: {output} Run as root, or with --loopback.");
            }
        }

        throw new LabException($"{Slots} labs are running, or have left their namespaces behind (ip netns list).");
    }

    /// <summary>No network: every machine is this one.</summary>
    public static LabNetwork Loopback() => new(null);

    /// <summary>Adds a machine.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="number">The last octet of its address.</param>
    public async Task<Machine> AddAsync(string name, int number)
    {
        if (_prefix is null)
        {
            return new Machine(name, "127.0.0.1", null);
        }

        var space = $"{_prefix}-{name}";
        var address = Address(number);
        await IpAsync($"netns add {space}");
        _namespaces.Add(space);
        await IpAsync($"-n {Hub} link add p{number} type veth peer name eth0 netns {space}");
        await IpAsync($"-n {Hub} link set p{number} master bridge up");
        await IpAsync($"-n {space} addr add {address}/24 dev eth0");
        await IpAsync($"-n {space} link set lo up");
        await IpAsync($"-n {space} link set eth0 up");
        return new Machine(name, address, space);
    }

    /// <summary>What one machine sends to the other is lost from now on; the other direction stays.</summary>
    public static Task CutAsync(Machine from, Machine to) =>
        IpAsync($"-n {from.Namespace} neigh replace {to.Address} lladdr {NobodysAddress} dev eth0 nud permanent");

    /// <summary>What one machine sends to the other arrives again.</summary>
    public static async Task MendAsync(Machine from, Machine to)
    {
        if (from.Namespace is not null)
        {
            // It fails where nothing was cut.
            await HostCommand.TryAsync("ip", "-n", from.Namespace, "neigh", "del", to.Address, "dev", "eth0");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var space in _namespaces)
        {
            // Whatever runs in a namespace of this run was started by it.
            var (_, processes) = await HostCommand.TryAsync("ip", "netns", "pids", space);
            foreach (var process in processes.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                await HostCommand.SignalAsync(int.Parse(process, CultureInfo.InvariantCulture), "KILL");
            }

            await HostCommand.TryAsync("ip", "netns", "del", space);
        }

        if (_prefix is not null)
        {
            await HostCommand.TryAsync("ip", "link", "del", _prefix);
            await HostCommand.TryAsync("ip", "netns", "del", Hub);
        }
    }

    private string Hub => $"{_prefix}-hub";

    private string Address(int number) => $"10.231.{_prefix![2..]}.{number}";

    private static Task IpAsync(string line) => HostCommand.RunAsync("ip", line.Split(' '));

    private async Task BuildHubAsync(int slot)
    {
        await IpAsync($"-n {Hub} link add bridge type bridge");
        await IpAsync($"-n {Hub} link set bridge up");
        await IpAsync($"link add fl{slot} type veth peer name p1 netns {Hub}");
        await IpAsync($"-n {Hub} link set p1 master bridge up");
        await IpAsync($"addr add {Address(1)}/24 dev fl{slot}");
        await IpAsync($"link set fl{slot} up");
    }
}

/// <summary>A machine of the network.</summary>
/// <param name="Name">What it is called in logs and histories.</param>
/// <param name="Address">Its IP address.</param>
/// <param name="Namespace">Its network namespace; null where it is this machine.</param>
internal sealed record Machine(string Name, string Address, string? Namespace)
{
    /// <summary>The command line of a program that runs there. It becomes that program, so that the process id is the program's.</summary>
    public IEnumerable<string> Enter => Namespace is null ? [] : ["nsenter", $"--net=/run/netns/{Namespace}"];
}
