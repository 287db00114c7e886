using System.Diagnostics;

namespace OrleansBroker.Benchmarks.Amqp.Loads;

/// <summary>What another process takes of the machine.</summary>
internal sealed class ServerMeter(int processId) : IDisposable
{
    private const double Mebibyte = 1 << 20;

    private readonly Process _process = Process.GetProcessById(processId);

    public double ResidentMebibytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / Mebibyte;
        }
    }

    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public void Dispose() => _process.Dispose();
}
