using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using OrleansBroker.Grains.Hosting;

namespace OrleansBroker.FaultLab.Clocks;

/// <summary>
/// The product's silo, run by its own program in this process, with a clock that lines of the standard input set: seconds ahead of the
/// machine's. The clock comes in by the event with which .NET's hosts announce that they are being built, as test hosts use it, so that the
/// product needs no hook.
/// </summary>
internal sealed class ClockedSilo : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
{
    private const string HostListener = "Microsoft.Extensions.Hosting";
    private const string HostBuilding = "HostBuilding";

    private readonly ShiftedTime _time = new();

    /// <summary>Runs until the silo ends, and returns its exit code.</summary>
    public static async Task<int> RunAsync(string[] settings, TextReader input)
    {
        var silo = new ClockedSilo();
        // The first line is the clock at the start: a silo that starts anew starts with the clock of its machine.
        silo.Set(await input.ReadLineAsync());
        // Not awaited: the silo's end is the end of the process, and of whoever reads its input.
        _ = silo.FollowAsync(input);
        using var announcements = DiagnosticListener.AllListeners.Subscribe(silo);
        var program = Assembly.Load("OrleansBroker.Silo").EntryPoint!;
        var result = await Task.Run(() => program.Invoke(null, [settings]));
        return (int)result!;
    }

    void IObserver<DiagnosticListener>.OnNext(DiagnosticListener value)
    {
        if (value.Name == HostListener)
        {
            value.Subscribe(this);
        }
    }

    void IObserver<KeyValuePair<string, object?>>.OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: HostBuilding, Value: IHostBuilder host })
        {
            // The clock that the product goes by, over one that can be set.
            host.ConfigureServices(services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new SteadyTime(_time))));
        }
    }

    void IObserver<DiagnosticListener>.OnCompleted()
    {
        // Listeners come and go with hosts; there is one here.
    }

    void IObserver<KeyValuePair<string, object?>>.OnCompleted()
    {
        // As above.
    }

    void IObserver<DiagnosticListener>.OnError(Exception error) => throw new InvalidOperationException("A listener failed.", error);

    void IObserver<KeyValuePair<string, object?>>.OnError(Exception error) => throw new InvalidOperationException("A listener failed.", error);

    private async Task FollowAsync(TextReader input)
    {
        while (await input.ReadLineAsync() is { } line)
        {
            Set(line);
        }
    }

    private void Set(string? line)
    {
        if (int.TryParse(line, CultureInfo.InvariantCulture, out var seconds))
        {
            _time.Offset = TimeSpan.FromSeconds(seconds);
            Console.WriteLine($"The clock is {seconds} s ahead of the machine's.");
        }
    }
}
